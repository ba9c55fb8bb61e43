import { BadRequest, type RequestHead } from './head.ts'

/** How long the body of a request is: so many bytes, or as its chunks say. */
export type BodyLength = number | 'chunked'

const digits = /^\d{1,15}$/

/**
 * RFC 9112, 6. Where two servers could take different bytes for the next request nothing is guessed: two lengths that differ, a length beside chunks,
 * another coding than `chunked`.
 *
 * @throws {@link BadRequest}
 */
export function bodyLengthOf({ raw, headers, minor }: RequestHead): BodyLength {
  const coding = headers['transfer-encoding']
  const length = headers['content-length']
  if (coding !== undefined) {
    if (minor === 0 || length !== undefined) throw new BadRequest(400, 'a body framed in two ways')
    if (coding.toLowerCase() !== 'chunked') throw new BadRequest(501, 'Unsupported transfer encoding')
    return 'chunked'
  }
  if (length === undefined) return 0
  if (!digits.test(length)) throw new BadRequest(400, 'bad Content-Length')
  for (let i = 0; i < raw.length; i += 2)
    if (
      raw[i + 1] !== length &&
      (raw[i] as string).length === 14 &&
      (raw[i] as string).toLowerCase() === 'content-length'
    )
      throw new BadRequest(400, 'two lengths of one body')
  return Number(length)
}

/** RFC 9112, 3.2: one host, and of HTTP/1.1 at least one. Of two, two servers could each follow another one. */
export function checkHost({ raw, minor }: RequestHead): void {
  let hosts = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) throw new BadRequest(400, 'too many Host headers')
  if (hosts === 0 && minor === 1) throw new BadRequest(400, 'missing required Host header')
}

/** Whether a list like that of `Connection` names it. */
export function lists(value: string | undefined, option: string): boolean {
  if (value === undefined) return false
  if (value.length === option.length) return value.toLowerCase() === option
  return value.includes(',') && value.split(',').some(one => one.trim().toLowerCase() === option)
}
