import type { BadRequest } from './head.ts'

const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** The answer to what is no request, in Go's words; `bodiless`: without them, which Go sends behind the head of an answer to HEAD, too. What follows on the connection is not looked at. */
export function refusal({ status, message, body }: BadRequest, bodiless: boolean): string {
  const text = `${status} ${STATUS_CODES[status]}${message === '' ? '' : `: ${message}`}`
  return `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${bodiless ? '' : (body ?? text)}`
}
