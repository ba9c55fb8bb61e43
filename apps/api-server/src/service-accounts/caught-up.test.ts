import { builtinCatalogue } from '@kubets/api-types'
import { systemClock } from '@kubets/component'
import { createSigningKey } from '@kubets/pki'
import { describe, expect, it, vi } from 'vitest'
import type { Rest } from '../resources/rest.ts'
import { serviceAccountAuthenticator } from './authenticator.ts'
import { MissingObjectError, withCaughtUpCache } from './caught-up.ts'
import { tokenIssuer } from './issuer.ts'

/** A cache that has what is missing once it is asked to catch up. */
function lateCache() {
  let caughtUp = false
  const cache = {
    consistentSnapshot: vi.fn(async () => {
      caughtUp = true
    }),
  }
  return { rest: { cache } as unknown as Rest, cache, has: () => caughtUp }
}

describe('a check of cached objects', () => {
  it('asks nobody where all is there', () => {
    const { rest, cache } = lateCache()
    expect(withCaughtUpCache(rest, () => 'found')).toBe('found')
    expect(cache.consistentSnapshot).not.toHaveBeenCalled()
  })

  it('looks once more behind what the store has, where something is missing', async () => {
    const { rest, cache, has } = lateCache()
    const check = () => {
      if (!has()) throw new MissingObjectError('not there')
      return 'found'
    }
    expect(await withCaughtUpCache(rest, check)).toBe('found')
    expect(cache.consistentSnapshot).toHaveBeenCalledTimes(1)
  })

  it('says what is missing then, and other faults at once', async () => {
    const { rest, cache } = lateCache()
    const missing = () => {
      throw new MissingObjectError('not there')
    }
    await expect(withCaughtUpCache(rest, missing)).rejects.toThrow('not there')
    expect(cache.consistentSnapshot).toHaveBeenCalledTimes(1)
    const expired = () => {
      throw new Error('expired')
    }
    expect(() => withCaughtUpCache(rest, expired)).toThrow('expired')
    expect(cache.consistentSnapshot).toHaveBeenCalledTimes(1)
  })
})

it('believes a token whose account the cache has not heard of yet', async () => {
  const { key } = await createSigningKey()
  const issuer = 'https://issuer.example.com'
  const now = Math.floor(Date.now() / 1000)
  const account = { name: 'robot', uid: '7c8a' }
  const token = await tokenIssuer(issuer, key).sign({
    iss: issuer,
    sub: 'system:serviceaccount:default:robot',
    aud: [issuer],
    iat: now,
    nbf: now,
    exp: now + 600,
    jti: 'one',
    'kubernetes.io': { namespace: 'default', serviceaccount: account },
  })
  const { cache, has } = lateCache()
  const rest = {
    cache: { ...cache, get: () => (has() ? { bytes: Buffer.alloc(0) } : undefined) },
    catalogue: builtinCatalogue,
    clock: systemClock,
    codec: { decode: () => ({ metadata: account }) },
  } as unknown as Rest
  const authenticate = serviceAccountAuthenticator({ issuers: [issuer], keys: [key], audiences: [issuer], rest })
  expect((await authenticate(token))?.user.name).toBe('system:serviceaccount:default:robot')
  expect(cache.consistentSnapshot).toHaveBeenCalledTimes(1)
  // known by now
  expect((await authenticate(token))?.user.uid).toBe('7c8a')
  expect(cache.consistentSnapshot).toHaveBeenCalledTimes(1)
})
