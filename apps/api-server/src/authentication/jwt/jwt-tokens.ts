import { createHash } from 'node:crypto'
import { type Clock, type Followed, type Logger, sleep } from '@kubets/component'
import { AnswerCache } from '../../authorization/webhook/answer-cache.ts'
import type { UserInfo } from '../../handlers/request-context.ts'
import type { JwtAuthenticatorConfiguration } from './contract.ts'
import { type Claims, identityOf } from './identity.ts'
import { discoverKeySet, type KeySet } from './key-set.ts'
import type { CompiledMappings } from './validation.ts'

export interface JwtTokensOptions {
  readonly configuration: JwtAuthenticatorConfiguration
  readonly mappings: CompiledMappings
  /** JWS algorithms that are taken. */
  readonly algorithms: readonly string[]
  /** PEM, in place of the configuration's. */
  readonly authority: Followed<string> | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Tokens of one issuer. */
export interface JwtTokens {
  readonly issuer: string
  userOf(token: string): Promise<UserInfo>
  /** Resolves when the issuer's discovery document was read. */
  readonly ready: Promise<void>
}

const allAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'] as const

export const jwtAlgorithms: readonly string[] = allAlgorithms

/** How long a user is kept for a token, as upstream: claims are mapped, and keys asked for, not with every request. */
const keptFor = 10_000
const maxKept = 4_096
/** An issuer that cannot be reached is asked again after this time, ms. */
const retryAfter = 10_000
const leeway = 60

/** Believes ID tokens of an issuer, whose keys are found by its discovery document: at the start, or later if it is not there yet. */
export function jwtTokens(options: JwtTokensOptions): JwtTokens {
  const { configuration, mappings, algorithms, authority, clock, logger, signal } = options
  const { url: issuer = '', discoveryURL, certificateAuthority, audiences = [] } = configuration.issuer ?? {}
  const kept = new AnswerCache<UserInfo>(clock, maxKept)
  let keySet: KeySet | undefined
  const ready = (async () => {
    for (; !signal.aborted; await sleep(retryAfter, signal, clock)) {
      try {
        const ca = () => authority?.current ?? (certificateAuthority || undefined)
        keySet = await discoverKeySet({ issuer, discoveryUrl: discoveryURL || undefined, ca, clock, signal })
        return
      } catch (error) {
        if (!signal.aborted) logger.error({ err: error, issuer }, 'oidc authenticator: initializing plugin')
      }
    }
  })()
  return {
    issuer,
    ready,
    async userOf(token) {
      const digest = createHash('sha256').update(token).digest('base64')
      const known = kept.get(digest)
      if (known !== undefined) return known
      if (keySet === undefined) throw new Error('oidc: authenticator not initialized')
      const now = clock.now()
      const claims = await verified(token, keySet, { issuer, audiences, algorithms, now: now / 1000 })
      const user = identityOf(claims, configuration, mappings)
      kept.set(digest, user, Math.min(keptFor, Number(claims.exp) * 1000 - now))
      return user
    },
  }
}

interface Expected {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  /** Seconds. */
  readonly now: number
}

async function verified(
  token: string,
  keys: KeySet,
  { issuer, audiences, algorithms, now }: Expected,
): Promise<Claims> {
  const fail = (why: string, cause?: unknown) =>
    new Error(`oidc: verify token: ${why}`, cause === undefined ? undefined : { cause })
  const { decodeProtectedHeader } = await import('jose')
  let payload: Uint8Array
  try {
    const { alg = '' } = decodeProtectedHeader(token)
    if (!algorithms.includes(alg))
      throw new Error(
        `oidc: id token signed with unsupported algorithm, expected ${inGo(algorithms)} got ${JSON.stringify(alg)}`,
      )
    payload = await keys.verify(token, algorithms).catch((error: Error) => {
      throw new Error(`failed to verify signature: ${error.message}`, { cause: error })
    })
  } catch (error) {
    throw fail((error as Error).message, error)
  }
  const claims = JSON.parse(Buffer.from(payload).toString('utf8')) as Claims
  const { iss, aud, exp, nbf } = claims
  if (issuerName(iss) !== issuer)
    throw fail(
      `oidc: id token issued by a different provider, expected ${JSON.stringify(issuer)} got ${JSON.stringify(iss)}`,
    )
  const meant = (Array.isArray(aud) ? aud : [aud]).filter(one => typeof one === 'string')
  if (!meant.some(one => audiences.includes(one))) {
    const [only = ''] = audiences
    throw fail(
      audiences.length === 1
        ? `oidc: expected audience ${JSON.stringify(only)} got ${inGo(meant)}`
        : `oidc: expected audience in ${inGo([...audiences].sort())} got ${inGo(meant)}`,
    )
  }
  if (typeof exp !== 'number' || exp < now)
    throw fail(
      `oidc: token is expired (Token Expiry: ${typeof exp === 'number' ? new Date(exp * 1000).toISOString() : 'none'})`,
    )
  if (typeof nbf === 'number' && now + leeway < nbf)
    throw fail(
      `oidc: current time ${new Date(now * 1000).toISOString()} before the nbf (not before) time: ${new Date(nbf * 1000).toISOString()}`,
    )
  return claims
}

const inGo = (texts: readonly string[]) => `[${texts.map(text => JSON.stringify(text)).join(' ')}]`

/** What an unverified token says of its issuer; undefined when it is no token of an issuer. */
export function untrustedIssuer(token: string): string | undefined {
  const [, payload, signature, ...more] = token.split('.')
  if (payload === undefined || signature === undefined || more.length > 0) return undefined
  try {
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { iss?: unknown }
    return issuerName(iss)
  } catch {
    return undefined
  }
}

/** Google's tokens of old leave the scheme out. */
const issuerName = (iss: unknown) =>
  iss === 'accounts.google.com' ? 'https://accounts.google.com' : typeof iss === 'string' ? iss : undefined
