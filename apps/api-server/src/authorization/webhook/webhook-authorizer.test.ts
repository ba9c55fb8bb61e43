import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, silentLogger, systemClock } from '@kubets/component'
import { expect, it, onTestFinished } from 'vitest'
import type { AccessRequest, Authorizer } from '../authorizer.ts'
import type { WebhookConfiguration } from '../configuration/contract.ts'
import { webhookAuthorizer } from './webhook-authorizer.ts'

interface Asked {
  url: string
  headers: IncomingHttpHeaders
  body: { apiVersion: string; spec: Record<string, unknown> }
}

const jane = { name: 'jane', uid: 'u', groups: ['devs'], extra: { scope: ['x'] } }
const request: AccessRequest = {
  user: jane,
  verb: 'list',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  namespace: 'default',
  name: '',
}

/** A webhook that gives the answers one after the other, the last one again and again. */
async function webhook(
  answers: readonly (object | number | 'silence')[],
  more: Partial<WebhookConfiguration> = {},
  clock: Clock = systemClock,
): Promise<{ authorizer: Authorizer; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((message, response) => {
    let text = ''
    message.on('data', part => {
      text += part
    })
    message.on('end', () => {
      asked.push({ url: message.url ?? '', headers: message.headers, body: JSON.parse(text) })
      const answer = answers[Math.min(asked.length, answers.length) - 1]
      if (answer === 'silence') return
      if (typeof answer === 'number') response.writeHead(answer).end()
      else response.end(JSON.stringify({ kind: 'SubjectAccessReview', status: answer }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const stop = new AbortController()
  const folder = await mkdtemp(join(tmpdir(), 'kubets-webhook-'))
  onTestFinished(async () => {
    stop.abort()
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })
  const kubeConfigFile = join(folder, 'webhook.conf')
  const { port } = server.address() as AddressInfo
  await writeFile(
    kubeConfigFile,
    JSON.stringify({
      'current-context': 'webhook',
      contexts: [{ name: 'webhook', context: { cluster: 'webhook', user: 'api-server' } }],
      clusters: [{ name: 'webhook', cluster: { server: `http://127.0.0.1:${port}/authorize` } }],
      users: [{ name: 'api-server', user: { token: 'secret' } }],
    }),
  )
  const authorizer = await webhookAuthorizer({
    name: 'default',
    webhook: {
      authorizedTtl: 300_000,
      cacheAuthorizedRequests: true,
      unauthorizedTtl: 30_000,
      cacheUnauthorizedRequests: true,
      timeout: 5_000,
      failurePolicy: 'NoOpinion',
      subjectAccessReviewVersion: 'v1',
      kubeConfigFile,
      ...more,
    },
    clock,
    logger: silentLogger(),
    signal: stop.signal,
    random: () => 0,
  })
  return { authorizer, asked }
}

/** Time that passes at once: a wait is over when it begins. */
function quickClock(): Clock & { at: number } {
  const clock = {
    at: 0,
    now: () => clock.at,
    after(ms: number, callback: () => void) {
      clock.at += ms
      queueMicrotask(callback)
      return () => undefined
    },
  }
  return clock
}

it('asks with what is known of the request, exactly where the kubeconfig says', async () => {
  const { authorizer, asked } = await webhook([{ allowed: true, reason: 'because' }])
  const fieldRequirements = [{ field: 'metadata.name', operator: '=' as const, value: 'x' }]
  const labelRequirements = [
    { key: 'a', operator: 'in' as const, values: ['b', 'c'] },
    { key: 'd', operator: '!' as const, values: [] },
    { key: 'e', operator: 'gt' as const, values: ['1'] },
  ]
  expect(await authorizer.authorize({ ...request, fieldRequirements, labelRequirements })).toEqual({
    decision: 'allow',
    reason: 'because',
  })
  const [{ url, headers, body } = { url: '', headers: {}, body: undefined }] = asked
  expect([url, headers.authorization, body?.apiVersion]).toEqual([
    '/authorize',
    'Bearer secret',
    'authorization.k8s.io/v1',
  ])
  expect(body?.spec).toEqual({
    user: 'jane',
    uid: 'u',
    groups: ['devs'],
    extra: { scope: ['x'] },
    resourceAttributes: {
      namespace: 'default',
      verb: 'list',
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      fieldSelector: { requirements: [{ key: 'metadata.name', operator: 'In', values: ['x'] }] },
      labelSelector: {
        requirements: [
          { key: 'a', operator: 'In', values: ['b', 'c'] },
          { key: 'd', operator: 'DoesNotExist' },
        ],
      },
    },
  })
})

it('asks about paths, in the version that is configured', async () => {
  const { authorizer, asked } = await webhook([{}], { subjectAccessReviewVersion: 'v1beta1' })
  expect(await authorizer.authorize({ ...request, verb: 'get', path: '/metrics' })).toEqual({
    decision: 'no opinion',
    reason: '',
  })
  expect(asked[0]?.body.apiVersion).toBe('authorization.k8s.io/v1beta1')
  expect(asked[0]?.body.spec.nonResourceAttributes).toEqual({ path: '/metrics', verb: 'get' })
})

it.each([
  [{ allowed: true }, { decision: 'allow', reason: '' }],
  [
    { denied: true, reason: 'no' },
    { decision: 'deny', reason: 'no' },
  ],
  [{ reason: 'who?' }, { decision: 'no opinion', reason: 'who?' }],
  [
    { allowed: true, denied: true },
    {
      decision: 'deny',
      reason: '',
      error: 'webhook subject access review returned both allow and deny response',
    },
  ],
])('%j means %j', async (status, decision) => {
  const { authorizer } = await webhook([status])
  expect(await authorizer.authorize(request)).toEqual(decision)
})

it('keeps answers for as long as each kind is good', async () => {
  const clock = quickClock()
  const { authorizer, asked } = await webhook([{ allowed: true }, {}], {}, clock)
  for (let i = 0; i < 3; i++) expect(await authorizer.authorize(request)).toMatchObject({ decision: 'allow' })
  expect(asked).toHaveLength(1)
  clock.at += 300_001
  expect(await authorizer.authorize(request)).toMatchObject({ decision: 'no opinion' })
  clock.at += 29_000
  await authorizer.authorize(request)
  expect(asked).toHaveLength(2)
  clock.at += 1_001
  await authorizer.authorize(request)
  expect(asked).toHaveLength(3)
})

it('keeps nothing where it is told so, nor for questions that are very long', async () => {
  const uncached = await webhook([{ allowed: true }], { cacheAuthorizedRequests: false })
  await uncached.authorizer.authorize(request)
  await uncached.authorizer.authorize(request)
  expect(uncached.asked).toHaveLength(2)
  const long = await webhook([{ allowed: true }])
  const name = 'x'.repeat(10_000)
  await long.authorizer.authorize({ ...request, name })
  await long.authorizer.authorize({ ...request, name })
  expect(long.asked).toHaveLength(2)
})

it('those who ask the same at the same time wait for one answer', async () => {
  const { authorizer, asked } = await webhook([{ allowed: true }])
  await Promise.all([1, 2, 3].map(() => authorizer.authorize(request)))
  expect(asked).toHaveLength(1)
})

it('tries again where that may help, and then the failure policy decides', async () => {
  const healed = await webhook([500, 429, { allowed: true }], {}, quickClock())
  expect(await healed.authorizer.authorize(request)).toMatchObject({ decision: 'allow' })
  const broken = await webhook([500], { failurePolicy: 'Deny' }, quickClock())
  expect(await broken.authorizer.authorize(request)).toMatchObject({
    decision: 'deny',
    error: 'an error on the server ("") has prevented the request from succeeding',
  })
  expect(broken.asked).toHaveLength(5)
  const refused = await webhook([403], {}, quickClock())
  expect(await refused.authorizer.authorize(request)).toMatchObject({ decision: 'no opinion' })
  expect(refused.asked).toHaveLength(1)
})

it('is not asked where a condition is false; what cannot be evaluated goes by the failure policy', async () => {
  const conditions = [
    'request.user != "robot"',
    'has(request.resourceAttributes)',
    'request.resourceAttributes.group == "apps"',
  ]
  const { authorizer, asked } = await webhook([{ allowed: true }], { matchConditions: conditions })
  expect(await authorizer.authorize(request)).toMatchObject({ decision: 'allow' })
  expect(await authorizer.authorize({ ...request, group: '' })).toEqual({ decision: 'no opinion', reason: '' })
  expect(await authorizer.authorize({ ...request, path: '/metrics' })).toEqual({ decision: 'no opinion', reason: '' })
  expect(asked).toHaveLength(1)
  const broken = await webhook([{ allowed: true }], {
    failurePolicy: 'Deny',
    matchConditions: ['request.extra["none"].size() > 0'],
  })
  expect(await broken.authorizer.authorize(request)).toMatchObject({
    decision: 'deny',
    error: `cel evaluation error: expression 'request.extra["none"].size() > 0' resulted in error: no such key: none`,
  })
  expect(broken.asked).toEqual([])
})

it('does not wait longer than it is told', async () => {
  const { authorizer } = await webhook(['silence'], { timeout: 50 })
  const answer = await authorizer.authorize(request)
  expect(answer.decision).toBe('no opinion')
  expect(answer.error).toContain('context deadline exceeded')
})

it('cannot list what somebody may', async () => {
  const { authorizer } = await webhook([{}])
  expect(authorizer.rulesFor(jane, 'default')).toMatchObject({
    incomplete: true,
    error: 'webhook authorizer does not support user rule resolution',
  })
})
