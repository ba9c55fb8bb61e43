/** An answer as it stood on the wire. */
export interface Answer {
  readonly status: number
  readonly line: string
  /** Names in lower case; several of a name joined by ', '. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Its end was there: the length it told of, the last chunk, or the connection's end. */
  readonly complete: boolean
}

/** The answers in what a server has sent (latin1). `head`: the first one, interim ones aside, has no body. */
export function readAnswers(bytes: string, head: boolean): Answer[] {
  const answers: Answer[] = []
  let at = 0
  let bare = head
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end < 0) {
      answers.push({ status: 0, line: bytes.slice(at), headers: {}, body: '', complete: false })
      break
    }
    const [line = '', ...fields] = bytes.slice(at, end).split('\r\n')
    const headers = headersOf(fields)
    const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(line)?.[1] ?? 0)
    const interim = status >= 100 && status < 200
    const none = interim || bare || status === 204 || status === 304
    const { body, next, complete } = none
      ? { body: '', next: end + 4, complete: true }
      : bodyAt(bytes, end + 4, headers)
    answers.push({ status, line, headers, body, complete })
    at = next
    if (!interim) bare = false
  }
  return answers
}

function headersOf(fields: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const field of fields) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon).toLowerCase()
    const value = field.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}

interface Body {
  body: string
  next: number
  complete: boolean
}

function bodyAt(bytes: string, at: number, headers: Readonly<Record<string, string>>): Body {
  if (headers['transfer-encoding'] === 'chunked') return chunksAt(bytes, at)
  const { 'content-length': length } = headers
  if (length === undefined) return { body: bytes.slice(at), next: bytes.length, complete: true }
  const next = at + Number(length)
  return { body: bytes.slice(at, next), next, complete: next <= bytes.length }
}

function chunksAt(bytes: string, at: number): Body {
  let body = ''
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.slice(at, end), 16)
    const next = end + 4 + size
    if (end < 0 || Number.isNaN(size) || next > bytes.length) return { body, next: bytes.length, complete: false }
    body += bytes.slice(end + 2, end + 2 + size)
    at = next
    if (size === 0) return { body, next: at, complete: true }
  }
}
