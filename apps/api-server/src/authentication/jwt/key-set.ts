import type { Clock } from '@kubets/component'
import type { CryptoKey, JWK } from 'jose'
import { fetchJson } from './fetch-json.ts'

export interface KeySetOptions {
  readonly issuer: string
  readonly discoveryUrl: string | undefined
  /** Asked for each connection. Undefined: the authorities that Node knows. */
  readonly ca: () => string | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Keys of an issuer that is found by its discovery document. */
export interface KeySet {
  /** The payload of a token that one of the keys has signed. Keys that are not known yet are fetched, once for all who wait. @throws Error */
  verify(token: string, algorithms: readonly string[]): Promise<Uint8Array>
}

/** A token of an unknown key makes us ask the issuer: not more often than this, ms. */
const fetchAtMostEvery = 1_000

/** Reads the discovery document. @throws Error in upstream's words. */
export async function discoverKeySet(options: KeySetOptions): Promise<KeySet> {
  const { issuer, discoveryUrl, ca, signal } = options
  const url = discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = ((await fetchJson(url, ca(), signal)) ?? {}) as { issuer?: unknown; jwks_uri?: unknown }
  if (document.issuer !== issuer)
    throw new Error(
      `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(issuer)} got ${JSON.stringify(document.issuer ?? '')}`,
    )
  const { jwks_uri: uri } = document
  if (typeof uri !== 'string' || uri === '') throw new Error('provider did not return JWKS URL')
  if (!URL.canParse(uri) || new URL(uri).protocol !== 'https:')
    throw new Error(`the JWKS URL of the provider must be https: ${JSON.stringify(uri)}`)
  return remoteKeySet(uri, options)
}

function remoteKeySet(uri: string, { ca, clock, signal }: KeySetOptions): KeySet {
  let keys: readonly JWK[] = []
  let fetching: Promise<void> | undefined
  let fetchedAt = Number.NEGATIVE_INFINITY
  const fetchKeys = () => {
    fetching ??= fetchJson(uri, ca(), signal)
      .then(found => {
        const listed = (found as { keys?: unknown } | null)?.keys
        if (!Array.isArray(listed)) throw new Error('the key set has no keys')
        keys = (listed as JWK[]).filter(key => key.use === undefined || key.use === 'sig')
      })
      .catch((error: Error) => {
        throw new Error(`fetching keys ${error.message}`, { cause: error })
      })
      .finally(() => {
        fetchedAt = clock.now()
        fetching = undefined
      })
    return fetching
  }
  return {
    async verify(token, algorithms) {
      const known = await payloadOf(token, keys, algorithms)
      if (known !== undefined) return known
      if (fetching === undefined && clock.now() - fetchedAt < fetchAtMostEvery) throw notVerified()
      await fetchKeys()
      const found = await payloadOf(token, keys, algorithms)
      if (found === undefined) throw notVerified()
      return found
    },
  }
}

const notVerified = () => new Error('failed to verify id token signature')

async function payloadOf(
  token: string,
  keys: readonly JWK[],
  algorithms: readonly string[],
): Promise<Uint8Array | undefined> {
  const { compactVerify, decodeProtectedHeader, importJWK } = await import('jose')
  const { kid = '', alg = '' } = decodeProtectedHeader(token)
  for (const jwk of keys) {
    if ((kid !== '' && jwk.kid !== kid) || (jwk.alg !== undefined && jwk.alg !== alg)) continue
    try {
      const key = (await importJWK(jwk, alg)) as CryptoKey
      return (await compactVerify(token, key, { algorithms: [...algorithms] })).payload
    } catch {
      // another key may fit
    }
  }
  return undefined
}
