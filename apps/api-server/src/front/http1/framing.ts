import { BadRequest, type RequestHead } from './head.ts'

/** How long the body of a request is: so many bytes, or as its chunks say. */
export type BodyLength = number | 'chunked'

const digits = /^0*(\d{1,19})$/
const longest = 2n ** 63n - 1n

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
    if (minor === 0) throw new BadRequest(400)
    if (coding.toLowerCase() !== 'chunked') throw new BadRequest(501, '', 'Unsupported transfer encoding')
    if (length !== undefined || announcesFraming(headers.trailer)) throw new BadRequest(400)
    return 'chunked'
  }
  if (length === undefined) return 0
  const [, significant] = digits.exec(length) ?? []
  if (significant === undefined || (significant.length === 19 && BigInt(significant) > longest))
    throw new BadRequest(400)
  for (let i = 0; i < raw.length; i += 2)
    if (raw[i + 1] !== length && isNamed(raw[i] as string, 'content-length')) throw new BadRequest(400)
  return Number(length)
}

/** Headers that say where a body ends may not come behind it. */
const announcesFraming = (trailer: string | string[] | undefined): boolean =>
  trailer !== undefined && ['content-length', 'transfer-encoding', 'trailer'].some(name => lists(String(trailer), name))

const host = /^[!$%&'()*+,\-.\d:;=A-Z[\]_a-z~]*$/

/** RFC 9112, 3.2: one host, and of HTTP/1.1 at least one. Of two, two servers could each follow another one. */
export function checkHost({ raw, headers, minor }: RequestHead): void {
  let hosts = 0
  for (let i = 0; i < raw.length; i += 2) if (isNamed(raw[i] as string, 'host')) hosts++
  if (hosts > 1) throw new BadRequest(400)
  if (hosts === 0 && minor === 1) throw new BadRequest(400, 'missing required Host header')
  if (headers.host !== undefined && !host.test(headers.host)) throw new BadRequest(400, 'malformed Host header')
}

const isNamed = (name: string, lower: string) => name.length === lower.length && name.toLowerCase() === lower

/** Whether a list like that of `Connection` names it. */
export function lists(value: string | undefined, option: string): boolean {
  if (value === undefined) return false
  if (value.length === option.length) return value.toLowerCase() === option
  return value.includes(',') && value.split(',').some(one => one.trim().toLowerCase() === option)
}
