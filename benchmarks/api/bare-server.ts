import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

// The least that answers: reads the request, sends the same bytes as the API server did. Told what to send by its parent.
interface Orders {
  status: number
  type: string
  body: string
}

const [, , cert = '', key = '', clientCa = ''] = process.argv
let orders = { status: 200, type: 'application/json', body: Buffer.alloc(0) }
process.on('message', ({ status, type, body }: Orders) => {
  orders = { status, type, body: Buffer.from(body, 'base64') }
  process.send?.('ready')
})

const watchers = new Set<ServerResponse>()
const asked = clientCa === '' ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }
const server = createServer({ cert, key, ...asked }, (request, response) => {
  if (request.url === '/watch') {
    response.writeHead(200, { 'content-type': orders.type })
    response.flushHeaders()
    watchers.add(response)
    response.on('close', () => watchers.delete(response))
    return
  }
  if (request.url === '/emit') for (const watcher of watchers) watcher.write(orders.body)
  answer(request, response)
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  const send = () => {
    response.writeHead(orders.status, { 'content-type': orders.type, 'content-length': orders.body.length })
    response.end(orders.body)
  }
  if (request.method === 'GET') send()
  else request.on('data', () => undefined).on('end', send)
}

server.keepAliveTimeout = 60_000
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
  process.send?.((server.address() as AddressInfo).port),
)
process.on('disconnect', () => process.exit(0))
