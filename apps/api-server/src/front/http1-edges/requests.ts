/** A request without a body; `fields` are lines without their ends. */
export const get = (line: string, ...fields: string[]): string => head(line, 'Host: a', ...fields)

/** As `get`, but without a Host. */
export const head = (line: string, ...fields: string[]): string => `${[line, ...fields].join('\r\n')}\r\n\r\n`

/** One that anybody may read. */
export const line = 'GET /version HTTP/1.1'

/** A write that changes nothing. */
export const writeLine = 'POST /api/v1/namespaces/default/configmaps?dryRun=All HTTP/1.1'
export const body = '{"metadata":{"name":"read"}}'
export const { length } = body
/** The answer shows what was read of the body. */
export const read = { text: /"name":"read"/ } as const

export const post = (fields: readonly string[], content: string = body): string =>
  get(writeLine, 'Content-Type: application/json', ...fields) + content

/** In one chunk. */
export const chunked = (content: string = body): string => `${chunk(content)}0\r\n\r\n`
export const chunk = (content: string): string => `${content.length.toString(16)}\r\n${content}\r\n`

/** Who one is, as the server has understood it: what `Impersonate-User` said. */
export const whoAmI = (...fields: string[]): string => {
  const content = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
  const review = 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews HTTP/1.1'
  return get(review, 'Content-Type: application/json', `Content-Length: ${content.length}`, ...fields) + content
}

export const webSocket = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
] as const
