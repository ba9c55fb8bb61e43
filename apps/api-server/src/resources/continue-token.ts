import { badRequest, decodeJson } from '@kubets/apimachinery'

/** Where the next page of a list begins. */
export interface ContinueToken {
  /** The revision of the first page, -1 for 'whatever is there by then'. */
  revision: number
  /** Full key, inclusive: right behind the last one of the page before. */
  start: string
}

/** The token for what stands behind `last`. */
export const continueAfter = (revision: number, last: string, prefix: string): string =>
  encodeContinue({ revision, start: `${last}\0` }, prefix)

/** Upstream's form: base64url of JSON with the key relative to the list's prefix, which ends with a slash. */
export function encodeContinue(token: ContinueToken, prefix: string): string {
  const start = JSON.stringify(token.start.slice(prefix.length - 1))
  return Buffer.from(`{"v":"meta.k8s.io/v1","rv":${token.revision},"start":${start}}`).toString('base64url')
}

/** Throws 400 when it is none of ours. */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  const value = parse(text)
  if (value.v !== 'meta.k8s.io/v1') throw notValid(`server does not recognize this encoded version ${value.v ?? ''}`)
  if (typeof value.rv !== 'number' || !Number.isInteger(value.rv) || value.rv === 0)
    throw notValid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (typeof value.start !== 'string' || value.start === '')
    throw notValid('encoded start key empty (version meta.k8s.io/v1)')
  const start = value.start.startsWith('/') ? value.start : `/${value.start}`
  // a key cannot lead out of the list it was made for
  if (start.split('/').some((part, i) => part === '..' || part === '.' || (part === '' && i > 0)))
    throw notValid(value.start)
  return { revision: value.rv, start: prefix + start.slice(1) }
}

const notValid = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`)

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const wrong = /[^A-Za-z0-9_-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : undefined)
  if (wrong !== undefined) throw notValid(`illegal base64 data at input byte ${wrong}`)
  let value: unknown
  try {
    value = decodeJson(Buffer.from(text, 'base64url')).value
  } catch (error) {
    throw notValid((error as Error).message)
  }
  return typeof value === 'object' && value !== null ? value : {}
}
