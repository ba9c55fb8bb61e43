import { createHash } from 'node:crypto'
import { goQuote } from '@kubets/apimachinery'
import { commonAudiences, type Identified, type TokenAuthenticator } from '../authentication/token-authenticator.ts'
import { cachedObject } from '../resources/cached-object.ts'
import type { Rest } from '../resources/rest.ts'
import { MissingObjectError, withCaughtUpCache } from './caught-up.ts'
import { type ObjectReference, type TokenClaims, userNameOf } from './claims.ts'
import { verifyingKeys } from './keys.ts'
import { verifiedClaims } from './verified-claims.ts'

export interface AuthenticatorOptions {
  readonly issuers: readonly string[]
  /** PEM. */
  readonly keys: readonly string[]
  readonly audiences: readonly string[]
  readonly rest: Rest
}

/** Clocks of issuer and reader may differ by so much, seconds; what was deleted is believed for as long. */
const leeway = 60

/** Signatures that were checked: a token is presented with every request. At the bound the memory is emptied. */
const maxRemembered = 4_096

/**
 * Tokens of service accounts: signed by one of our keys, meant for us, not expired, and the account and the object they are bound to still exist.
 * Whose token it is not, is answered with undefined; a token of ours that is no longer good is an error that says why.
 */
export function serviceAccountAuthenticator(options: AuthenticatorOptions): TokenAuthenticator {
  const keys = options.keys.flatMap(verifyingKeys)
  const verified = new Map<string, TokenClaims>()
  return (token, audiences = options.audiences) => {
    if (!isFrom(token, options.issuers)) return undefined
    const digest = createHash('sha256').update(token).digest('base64')
    const known = verified.get(digest)
    if (known !== undefined) return withCaughtUpCache(options.rest, () => identify(known, audiences, options))
    return verifiedClaims<TokenClaims>(token, keys).then(claims => {
      if (verified.size >= maxRemembered) verified.clear()
      verified.set(digest, claims)
      return withCaughtUpCache(options.rest, () => identify(claims, audiences, options))
    })
  }
}

/** What an unverified token says of its issuer: others' tokens are none of our business. */
export function isFrom(token: string, issuers: readonly string[]): boolean {
  const [, payload, signature, ...more] = token.split('.')
  if (payload === undefined || signature === undefined || more.length > 0) return false
  try {
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { iss?: unknown }
    return typeof iss === 'string' && issuers.includes(iss)
  } catch {
    return false
  }
}

function identify(claims: TokenClaims, asked: readonly string[], { rest }: AuthenticatorOptions): Identified {
  const now = rest.clock.now() / 1000
  const own = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  const audiences = commonAudiences(own, asked)
  if (audiences.length === 0)
    throw new Error(`token audiences ${inGo(own)} is invalid for the target audiences ${inGo(asked)}`)
  if (claims.exp + leeway < now) throw new Error('service account token has expired')
  if (claims.nbf - leeway > now) throw new Error('service account token is not valid yet')
  if (claims.iat - leeway > now) throw new Error('service account token is issued in the future')
  const { namespace, serviceaccount, pod, secret, node } = claims['kubernetes.io']
  if (claims.sub !== userNameOf(namespace, serviceaccount.name)) throw new Error('sub claim is invalid')
  mustExist(rest, 'serviceaccounts', namespace, serviceaccount, 'service account')
  if (secret !== undefined) mustExist(rest, 'secrets', namespace, secret)
  if (pod !== undefined) mustExist(rest, 'pods', namespace, pod)
  // with a pod the node only tells where it ran
  else if (node !== undefined) mustExist(rest, 'nodes', '', node)
  const user = {
    name: claims.sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: extra(claims),
  }
  return { user, audiences }
}

/** A list of texts as Go prints it. */
const inGo = (texts: readonly string[]) => `[${texts.map(goQuote).join(' ')}]`

const prefix = 'authentication.kubernetes.io/'

function extra({ jti, 'kubernetes.io': { pod, node } }: TokenClaims): Record<string, string[]> {
  return {
    ...(jti ? { [`${prefix}credential-id`]: [`JTI=${jti}`] } : {}),
    ...(node === undefined ? {} : { [`${prefix}node-name`]: [node.name] }),
    ...(node === undefined || node.uid === undefined ? {} : { [`${prefix}node-uid`]: [node.uid] }),
    ...(pod === undefined ? {} : { [`${prefix}pod-name`]: [pod.name], [`${prefix}pod-uid`]: [pod.uid] }),
  }
}

/** The object with this very uid, not deleted for longer than the leeway. Read from the cache. @throws MissingObjectError */
function mustExist(rest: Rest, resource: string, namespace: string, wanted: ObjectReference, what?: string): void {
  const entry = rest.catalogue.byResource('', 'v1', resource)
  const found = entry === undefined ? undefined : cachedObject(rest, entry, namespace, wanted.name)
  if (found === undefined)
    throw new MissingObjectError(
      what === undefined
        ? 'service account token has been invalidated'
        : `${what} ${namespace}/${wanted.name} does not exist`,
    )
  const { uid, deletionTimestamp } = found.metadata ?? {}
  if (uid !== wanted.uid)
    throw new MissingObjectError(`${entry?.kind} UID (${uid}) does not match claim (${wanted.uid})`)
  if (deletionTimestamp && Date.parse(String(deletionTimestamp)) / 1000 < rest.clock.now() / 1000 - leeway)
    throw new Error('service account token has been invalidated')
}
