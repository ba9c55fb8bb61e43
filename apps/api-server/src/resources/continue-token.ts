import { badRequest } from '@kubets/apimachinery'

/** Where the next page of a list begins. */
export interface ContinueToken {
  /** The revision of the first page, -1 for 'whatever is there by then'. */
  revision: number
  /** Full key, inclusive. */
  start: string
}

/** Upstream's form: base64url of JSON with the key relative to the list's prefix. */
export function encodeContinue(token: ContinueToken, prefix: string): string {
  const value = { v: 'meta.k8s.io/v1', rv: token.revision, start: token.start.slice(prefix.length) }
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Throws 400 when it is none of ours. */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  let value: { v?: unknown; rv?: unknown; start?: unknown }
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch (error) {
    throw badRequest(`continue key is not valid: ${(error as Error).message}`)
  }
  if (value?.v !== 'meta.k8s.io/v1')
    throw badRequest('continue key is not valid: server does not recognize this encoded version')
  if (typeof value.rv !== 'number' || !Number.isInteger(value.rv) || value.rv === 0)
    throw badRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (typeof value.start !== 'string' || value.start === '')
    throw badRequest('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)')
  // a key cannot lead out of the list it was made for
  if (value.start.split('/').some(part => part === '..' || part === '.'))
    throw badRequest(`continue key is not valid: ${JSON.stringify(value.start)}`)
  return { revision: value.rv, start: prefix + value.start }
}
