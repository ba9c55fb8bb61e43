import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestHead } from './head.ts'
import { headersOf } from './headers.ts'

const http = process.getBuiltinModule('node:http')

/**
 * A request that asks for another protocol as Node's `upgrade` event would tell it: libraries that take connections over expect that. What
 * was changed in its headers, or taken away, since it came is changed here, too.
 */
export function upgradeRequest({ method, target, raw, headers }: RequestHead, socket: Socket): IncomingMessage {
  const request = new http.IncomingMessage(socket)
  Object.assign(request, { method, url: target, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 })
  const sent = headersOf(raw)
  const distinct: [string, string[]][] = Object.entries(headers).map(([name, value]) => [
    name,
    value === sent[name] ? valuesOf(raw, name) : [value ?? ''].flat(),
  ])
  Object.assign(request.headers, headers)
  request.rawHeaders = distinct.flatMap(([name, values]) => values.flatMap(value => [name, value]))
  Object.defineProperty(request, 'headersDistinct', { value: Object.fromEntries(distinct) })
  request.push(null)
  return request
}

const valuesOf = (raw: readonly string[], name: string): string[] =>
  raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name)
