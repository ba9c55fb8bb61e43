import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { createGzip } from 'node:zlib'

// The least that sends much: a body in 64 KB pieces under back-pressure, plain or compressed on the way, and frames to many sockets, or
// streams of node:http2, in one loop. Told what to send by its parent.
type Orders =
  | { body: string; type: string; encoding: 'identity' | 'gzip' }
  | { frame: string; to: 'sockets' | 'streams'; writes: number }
  | { collect: true }

const piece = 64 * 1024
const [, , cert = '', key = ''] = process.argv
let body = Buffer.alloc(0)
let headers: Record<string, string> = {}

async function answer(response: ServerResponse, compress: boolean): Promise<void> {
  response.writeHead(200, compress ? { ...headers, 'content-encoding': 'gzip' } : headers)
  const gzip = compress ? createGzip({ level: 1, chunkSize: piece }) : undefined
  gzip?.pipe(response)
  const to = gzip ?? response
  for (let at = 0; at < body.length; at += piece) if (!to.write(body.subarray(at, at + piece))) await once(to, 'drain')
  to.end()
}

const lists = createServer({ cert, key }, (request, response) => void answer(response, request.url === '/compress'))
lists.keepAliveTimeout = 60_000
const sockets = new Set<TLSSocket>()
const frames = createTlsServer({ cert, key, ALPNProtocols: ['http/1.1'] }, socket => {
  sockets.add(socket)
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('close', () => sockets.delete(socket))
  // whatever is asked: there
  socket.once('data', () => socket.write('there\n'))
})
const streams = new Set<ServerHttp2Stream>()
const http2 = createSecureServer({ cert, key, settings: { maxConcurrentStreams: 1_000 } })
http2.on('session', session => session.on('error', () => undefined))
http2.on('stream', stream => {
  streams.add(stream)
  stream.on('error', () => undefined)
  stream.on('close', () => streams.delete(stream))
  stream.respond({ ':status': 200 })
})
for (const server of [lists, frames, http2]) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

process.on('message', async (orders: Orders) => {
  if ('collect' in orders) {
    globalThis.gc?.()
    process.send?.('collected')
    return
  }
  if ('frame' in orders) {
    const frame = Buffer.from(orders.frame, 'base64')
    const open: Iterable<TLSSocket | ServerHttp2Stream> = orders.to === 'sockets' ? sockets : streams
    for (const one of open) for (let i = 0; i < orders.writes; i++) one.write(frame)
    return
  }
  body = await readFile(orders.body)
  headers = { 'content-type': orders.type, ...(orders.encoding === 'gzip' ? { 'content-encoding': 'gzip' } : {}) }
  process.send?.('ready')
})
process.on('disconnect', () => process.exit(0))
process.send?.([lists, frames, http2].map(server => (server.address() as AddressInfo).port))
