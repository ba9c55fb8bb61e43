import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '@kubets/api-types'
import type { UserInfo } from '../handlers/request-context.ts'
import { cachedObject } from '../resources/cached-object.ts'
import type { Rest } from '../resources/rest.ts'
import type { TokenOwner } from './token-authenticator.ts'
import { authenticatedUser } from './users.ts'

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const type = 'bootstrap.kubernetes.io/token'
const everybody = 'system:bootstrappers'
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/**
 * `--enable-bootstrap-token-auth`: Secrets `kube-system/bootstrap-token-<id>`, with which machines join. Read from the watch cache: a Secret that is
 * deleted or changed counts from the next request on.
 */
export function bootstrapTokenOwner(rest: Rest): TokenOwner {
  const entry = rest.catalogue.byResource('', 'v1', 'secrets')
  return token => {
    const [, id, secret] = form.exec(token) ?? []
    if (entry === undefined || id === undefined || secret === undefined) return undefined
    const name = `bootstrap-token-${id}`
    const found = cachedObject(rest, entry, 'kube-system', name) as Secret | undefined
    if (found === undefined) return undefined
    const refusal = refusalOf(found, id, secret, rest.clock.now())
    if (refusal === undefined) return userOf(found, id)
    rest.logger.debug({ secret: `kube-system/${name}` }, `Bootstrap secret matching bearer token ${refusal}`)
    return undefined
  }
}

function refusalOf(secret: Secret, id: string, given: string, now: number): string | undefined {
  if (secret.metadata?.deletionTimestamp) return 'is deleted and awaiting removal'
  if (secret.type !== type || !secret.data) return `has invalid type, expected ${type}.`
  if (!same(text(secret, 'token-secret'), given)) return 'has invalid value for key token-secret.'
  if (text(secret, 'token-id') !== id) return 'has invalid value for key token-id.'
  if (hasExpired(text(secret, 'expiration'), now)) return 'has expired.'
  if (text(secret, 'usage-bootstrap-authentication') !== 'true')
    return 'not marked usage-bootstrap-authentication=true.'
  return extraGroups(secret).every(group => groupForm.test(group))
    ? undefined
    : 'has invalid value for key auth-extra-groups.'
}

function userOf(secret: Secret, id: string): UserInfo {
  const groups = [...new Set([everybody, ...extraGroups(secret)])].sort()
  return authenticatedUser({ name: `system:bootstrap:${id}`, uid: '', groups })
}

const text = (secret: Secret, key: string) => Buffer.from(String(secret.data?.[key] ?? ''), 'base64').toString('utf8')

function extraGroups(secret: Secret): string[] {
  const listed = text(secret, 'auth-extra-groups')
  return listed === '' ? [] : listed.split(',')
}

/** A time that cannot be read has passed. */
function hasExpired(expiration: string, now: number): boolean {
  if (expiration === '') return false
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
  const at = rfc3339.test(expiration) ? Date.parse(expiration) : Number.NaN
  return Number.isNaN(at) || at < now
}

const digest = (of: string) => createHash('sha256').update(of).digest()

const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))
