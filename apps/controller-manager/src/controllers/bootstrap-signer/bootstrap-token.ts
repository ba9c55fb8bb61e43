import type { Secret } from '@kubets/api-types'

const namePattern = /^bootstrap-token-([a-z0-9]{6})$/
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/

const read = ({ data }: Secret, key: string) => Buffer.from(data?.[key] ?? '', 'base64').toString('utf8')

/** Milliseconds that the token has left: 0 when it is over, infinite when it never ends. A time nobody can read is over. */
export function timeLeft(secret: Secret, now: number): number {
  const expiration = read(secret, 'expiration')
  if (expiration === '') return Number.POSITIVE_INFINITY
  const at = timePattern.test(expiration) ? Date.parse(expiration.replace(',', '.')) : Number.NaN
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}

/** The token's parts, if it may sign: well named, complete, not over, and meant for it. */
export function signingToken(secret: Secret, now: number): { id: string; secret: string } | undefined {
  const named = namePattern.exec(secret.metadata?.name ?? '')?.[1]
  const token = { id: read(secret, 'token-id'), secret: read(secret, 'token-secret') }
  if (named === undefined || token.id !== named || token.secret === '') return undefined
  if (timeLeft(secret, now) === 0 || read(secret, 'usage-bootstrap-signing') !== 'true') return undefined
  return token
}
