import { expect, test } from 'vitest'
import { pod } from '../testing/pods.ts'
import { createServiceAccountTokens } from './service-account-token.ts'

const hour = 3_600_000

function issuer(lifetime: number) {
  const state = { now: 0, issued: 0, fails: false }
  const clock = { now: () => state.now, after: () => () => undefined }
  const client = {
    async create(_ref: unknown, request: object) {
      if (state.fails) throw new Error('connection refused')
      const token = `token-${++state.issued}`
      return { ...request, status: { token, expirationTimestamp: new Date(state.now + lifetime).toISOString() } }
    },
  }
  const tokens = createServiceAccountTokens(client as never, clock, new AbortController().signal)
  return { state, tokens, ask: () => tokens.get(pod({}), undefined, lifetime / 1_000) }
}

test('a token is renewed when four fifths of its life are over, and after a day in any case', async () => {
  const short = issuer(hour)
  expect(await short.ask()).toBe('token-1')
  short.state.now = 0.79 * hour
  expect(await short.ask()).toBe('token-1')
  short.state.now = 0.8 * hour
  expect(await short.ask()).toBe('token-2')
  const long = issuer(365 * 24 * hour)
  await long.ask()
  long.state.now = 24 * hour
  expect(await long.ask()).toBe('token-2')
})

test('a token that still holds is kept while the API is away, one that has expired is not', async () => {
  const { state, ask } = issuer(hour)
  await ask()
  state.fails = true
  state.now = 0.9 * hour
  expect(await ask()).toBe('token-1')
  state.now = hour
  await expect(ask()).rejects.toThrow('connection refused')
})

test('a pod that is gone is forgotten with its tokens', async () => {
  const { tokens, ask } = issuer(hour)
  await ask()
  tokens.forget('uid-1')
  expect(await ask()).toBe('token-2')
})
