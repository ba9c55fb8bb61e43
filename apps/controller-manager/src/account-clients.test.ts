import { alreadyExists, notFound } from '@kubets/apimachinery'
import type { TokenClients, TokenSource } from '@kubets/client'
import type { Clock } from '@kubets/component'
import { expect, test } from 'vitest'
import { accountClients } from './account-clients.ts'
import type { ControllerClient } from './context.ts'

function setUp(accounts: string[] = []) {
  const asked: string[] = []
  const sources: TokenSource[] = []
  const clock: Clock & { at: number } = { at: 0, now: () => clock.at, after: () => () => undefined }
  let made = 0
  const create = async (
    _ref: unknown,
    object: { metadata?: { name?: string } },
    options: { key?: { name: string }; subresource?: string } = {},
  ) => {
    const name = options.key?.name ?? object.metadata?.name ?? ''
    asked.push(options.subresource === undefined ? `account ${name}` : `token ${name}`)
    if (options.subresource !== undefined) {
      if (!accounts.includes(name)) throw notFound('serviceaccounts', name)
      made += 1
      return { status: { token: `${name}-${made}` } }
    }
    if (accounts.includes(name)) throw alreadyExists('serviceaccounts', name)
    accounts.push(name)
    return object
  }
  const tokens = {
    as(source: TokenSource) {
      sources.push(source)
      return { source }
    },
  }
  const clientOf = accountClients({
    client: { create } as unknown as ControllerClient,
    tokens: tokens as unknown as TokenClients,
    clock,
  })
  return { clientOf, asked, sources, clock }
}

test('a controller has one client, and nothing is asked before it speaks', () => {
  const { clientOf, asked, sources } = setUp()
  expect(clientOf('job-controller')).toBe(clientOf('job-controller'))
  expect(clientOf('cronjob-controller')).not.toBe(clientOf('job-controller'))
  expect([sources.length, asked]).toEqual([2, []])
})

test('an account that is not there is made, and those who ask at once share a token', async () => {
  const { clientOf, asked, sources } = setUp()
  clientOf('job-controller')
  const [source] = sources
  expect(await Promise.all([source?.token(), source?.token()])).toEqual(['job-controller-1', 'job-controller-1'])
  expect(asked).toEqual(['token job-controller', 'account job-controller', 'token job-controller'])
  expect(source?.token()).toBe('job-controller-1')
})

test('a token is renewed before it ends, while the old one still serves, and at once when it is refused', async () => {
  const { clientOf, sources, clock } = setUp(['job-controller'])
  clientOf('job-controller')
  const [source] = sources
  expect(await source?.token()).toBe('job-controller-1')
  clock.at = 3_600_000 * 0.8
  expect(source?.token()).toBe('job-controller-1')
  await expect.poll(() => source?.token()).toBe('job-controller-2')
  source?.refused()
  expect(await source?.token()).toBe('job-controller-3')
})
