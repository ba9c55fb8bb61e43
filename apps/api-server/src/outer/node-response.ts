import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { BodyWriter, Exchange } from '../front/exchange.ts'

const http = process.getBuiltinModule('node:http')

/**
 * Node's request and response objects for an exchange, since Express 5 knows no others (expressjs/express#6730). Express replaces the prototypes of both, so what we change must be their own properties.
 * Only for bodies of the outer surface: requests there carry none.
 */
export function nodeObjects(exchange: Exchange): { request: IncomingMessage; response: ServerResponse } {
  const request = new http.IncomingMessage(exchange.connection ?? new Socket())
  request.method = exchange.method
  request.url = exchange.target
  request.httpVersion = '1.1'
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (name === ':authority') request.headers.host = String(value)
    else if (!name.startsWith(':')) request.headers[name] = value
  }
  request.push(null)
  return { request, response: responseOver(exchange, request) }
}

function responseOver(exchange: Exchange, request: IncomingMessage): ServerResponse {
  const response = new http.ServerResponse(request)
  let writer: BodyWriter | undefined
  let ended = false
  const takeHeaders = () => {
    let type = ''
    for (const [name, value] of Object.entries(response.getHeaders())) {
      // the connection's own matters, and the length, are HTTP/2's to say
      if (name === 'content-type') type = String(value)
      else if (!/^(connection|keep-alive|transfer-encoding|content-length|upgrade)$/.test(name) && value !== undefined)
        exchange.setHeader(name, Array.isArray(value) ? value : String(value))
    }
    return type
  }
  const begin = () => (writer ??= exchange.begin(response.statusCode, takeHeaders()))
  Object.defineProperties(response, {
    headersSent: { get: () => exchange.responded },
    writableEnded: { get: () => ended },
    finished: { get: () => ended },
  })
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    response.statusCode = status
    const headers = rest.find(r => typeof r === 'object' && r !== null) as Record<string, string> | undefined
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
    return response
  }) as typeof response.writeHead
  response.flushHeaders = () => void begin()
  response.write = ((chunk: string | Uint8Array) => begin().write(chunk)) as typeof response.write
  response.end = ((...args: unknown[]) => {
    if (ended) return response
    ended = true
    const chunk = typeof args[0] === 'string' || args[0] instanceof Uint8Array ? args[0] : ''
    if (writer === undefined) exchange.respond(response.statusCode, takeHeaders(), chunk)
    else {
      if (chunk.length > 0) writer.write(chunk)
      writer.end()
    }
    const callback = args.find(a => typeof a === 'function') as (() => void) | undefined
    queueMicrotask(() => {
      response.emit('finish')
      callback?.()
    })
    return response
  }) as typeof response.end
  exchange.onClose(() => response.emit('close'))
  return response
}
