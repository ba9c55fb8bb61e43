import type { BadRequest } from './head.ts'

const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** The answer to what is no request, in Go's words. What follows on the connection is not looked at. */
export function refusal({ status, message, body }: BadRequest): string {
  const text = `${status} ${STATUS_CODES[status]}${message === '' ? '' : `: ${message}`}`
  return `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${body ?? text}`
}
