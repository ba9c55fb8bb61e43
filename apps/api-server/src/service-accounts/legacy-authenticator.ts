import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret, ServiceAccount } from '@kubets/api-types'
import type { TokenOwner } from '../authentication/token-authenticator.ts'
import { cachedObject } from '../resources/cached-object.ts'
import type { Rest } from '../resources/rest.ts'
import { isFrom } from './authenticator.ts'
import { MissingObjectError, withCaughtUpCache } from './caught-up.ts'
import { userNameOf } from './claims.ts'
import { verifyingKeys } from './keys.ts'
import { verifiedClaims } from './verified-claims.ts'

const issuer = 'kubernetes/serviceaccount'
const claim = (name: string) => `kubernetes.io/serviceaccount/${name}`
const invalidSince = 'kubernetes.io/legacy-token-invalid-since'

/** Signatures that were checked. At the bound the memory is emptied. */
const maxRemembered = 4_096

type Claims = Readonly<Record<string, string | undefined>>

/**
 * Tokens that lie in Secrets of type `kubernetes.io/service-account-token`, as clusters of before 1.24 made one for each account. They never expire: they are
 * good while the Secret still has this very token and the account is the one that it names.
 */
export function legacyTokenOwner(keyTexts: readonly string[], rest: Rest): TokenOwner {
  const keys = keyTexts.flatMap(verifyingKeys)
  const verified = new Map<string, Claims>()
  return token => {
    if (keys.length === 0 || !isFrom(token, [issuer])) return undefined
    const digest = createHash('sha256').update(token).digest('base64')
    const known = verified.get(digest)
    if (known !== undefined) return withCaughtUpCache(rest, () => identify(token, known, rest))
    return verifiedClaims<Claims>(token, keys).then(claims => {
      if (verified.size >= maxRemembered) verified.clear()
      verified.set(digest, claims)
      return withCaughtUpCache(rest, () => identify(token, claims, rest))
    })
  }
}

function identify(token: string, claims: Claims, rest: Rest) {
  const must = (name: string, what: string) => {
    const value = claims[name] ?? ''
    if (value === '') throw new Error(`${what} claim is missing`)
    return value
  }
  const subject = must('sub', 'sub')
  const namespace = must(claim('namespace'), 'namespace')
  const secretName = must(claim('secret.name'), 'secretName')
  const name = must(claim('service-account.name'), 'serviceAccountName')
  const uid = must(claim('service-account.uid'), 'serviceAccountUID')
  if (subject !== userNameOf(namespace, name)) throw new Error('sub claim is invalid')
  const secret = find(rest, 'secrets', namespace, secretName) as Secret | undefined
  if (secret === undefined || secret.metadata?.deletionTimestamp)
    throw new MissingObjectError('Token has been invalidated')
  if (!same(String(secret.data?.token ?? ''), Buffer.from(token).toString('base64')))
    throw new Error("Token does not match server's copy")
  const account = find(rest, 'serviceaccounts', namespace, name) as ServiceAccount | undefined
  if (account === undefined) throw new MissingObjectError(`serviceaccounts ${JSON.stringify(name)} not found`)
  if (account.metadata?.deletionTimestamp) throw new Error(`ServiceAccount ${namespace}/${name} has been deleted`)
  if (account.metadata?.uid !== uid)
    throw new MissingObjectError(`ServiceAccount UID (${account.metadata?.uid}) does not match claim (${uid})`)
  if (secret.metadata?.labels?.[invalidSince])
    throw new Error(
      `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSince}' label from the secret to temporarily allow use of this token`,
    )
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  return { name: subject, uid, groups }
}

function find(rest: Rest, resource: string, namespace: string, name: string) {
  const entry = rest.catalogue.byResource('', 'v1', resource)
  return entry === undefined ? undefined : cachedObject(rest, entry, namespace, name)
}

const digestOf = (text: string) => createHash('sha256').update(text).digest()

const same = (a: string, b: string) => timingSafeEqual(digestOf(a), digestOf(b))
