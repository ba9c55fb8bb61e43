import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { createGzip } from 'node:zlib'

// The least that sends much: a body in 64 KB pieces under back-pressure, plain or compressed on the way, and frames to many sockets in
// one loop. Told what to send by its parent.
type Orders = { body: string; type: string; encoding: 'identity' | 'gzip' } | { frame: string; writes: number }

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
for (const server of [lists, frames]) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

process.on('message', async (orders: Orders) => {
  if ('frame' in orders) {
    const frame = Buffer.from(orders.frame, 'base64')
    for (const socket of sockets) for (let i = 0; i < orders.writes; i++) socket.write(frame)
    return
  }
  body = await readFile(orders.body)
  headers = { 'content-type': orders.type, ...(orders.encoding === 'gzip' ? { 'content-encoding': 'gzip' } : {}) }
  process.send?.('ready')
})
process.on('disconnect', () => process.exit(0))
process.send?.([lists, frames].map(server => (server.address() as AddressInfo).port))
