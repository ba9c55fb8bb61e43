import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const pods = '/api/v1/namespaces/default/pods'
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'

/** A pod that an app of its own name selects; it runs, and is ready unless told otherwise. */
async function running(name: string, ready = 'True') {
  const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'busybox' }] }
  const created = await api.h2.request('POST', pods, { body: { metadata: { name, labels: { app: name } }, spec } })
  expect(created.status).toBe(201)
  await status(name, { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] })
}

async function status(name: string, value: object) {
  const headers = { 'content-type': 'application/merge-patch+json' }
  const body = JSON.stringify({ status: value })
  expect((await api.h2.request('PATCH', `${pods}/${name}/status`, { body, headers })).status).toBe(200)
}

/** A budget for that app, as its controller would leave it. */
async function budget(app: string, counts: object, spec: object = {}, name = app) {
  const body = { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app } }, ...spec } }
  const created = await api.h2.request('POST', budgets, { body })
  expect(created.status).toBe(201)
  const patch = { status: { observedGeneration: 1, expectedPods: 2, ...counts } }
  const headers = { 'content-type': 'application/merge-patch+json' }
  const reply = await api.h2.request('PATCH', `${budgets}/${name}/status`, { body: JSON.stringify(patch), headers })
  expect(reply.status).toBe(200)
}

const evict = (name: string, deleteOptions?: object, query = '') =>
  api.h2.request('POST', `${pods}/${name}/eviction${query}`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions },
  })

const readPod = (name: string) => api.h2.request('GET', `${pods}/${name}`)
const readBudget = async (name: string) => (await api.h2.request('GET', `${budgets}/${name}`)).json

describe('an eviction', () => {
  it('deletes a pod without a budget and says on it why', async () => {
    await running('free')
    const reply = await evict('free')
    expect([reply.status, reply.json.status]).toEqual([201, 'Success'])
    const { json } = await readPod('free')
    expect(json.metadata.deletionTimestamp).toBeDefined()
    expect(json.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      }),
    )
  })

  it('may still be one of policy/v1beta1', async () => {
    await running('beta')
    const body = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'beta' } }
    expect((await api.h2.request('POST', `${pods}/beta/eviction`, { body })).status).toBe(201)
    const future = { ...body, apiVersion: 'policy/v2' }
    expect((await api.h2.request('POST', `${pods}/beta/eviction`, { body: future })).status).toBe(400)
  })

  it('spends one of the budget’s disruptions', async () => {
    await running('spent')
    await budget('spent', { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 })
    expect((await evict('spent')).status).toBe(201)
    const { status: after } = await readBudget('spent')
    expect(after.disruptionsAllowed).toBe(0)
    expect(Object.keys(after.disruptedPods)).toEqual(['spent'])
    expect(after.conditions).toEqual([
      expect.objectContaining({ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }),
    ])
  })

  it('waits when none is left: 429 with the budget’s words', async () => {
    await running('held')
    await budget('held', { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 })
    const reply = await evict('held')
    expect(reply.json).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget held needs 1 healthy pods and has 1 currently',
          },
        ],
      },
    })
    expect(reply.headers['retry-after']).toBeUndefined()
    expect((await readPod('held')).json.metadata.deletionTimestamp).toBeUndefined()
  })

  it('comes back later when the budget’s controller has not looked yet', async () => {
    await running('young')
    await budget('young', { observedGeneration: 0, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 })
    const reply = await evict('young')
    expect([reply.status, reply.headers['retry-after']]).toEqual([429, '10'])
    expect(reply.json.details).toMatchObject({
      retryAfterSeconds: 10,
      causes: [{ message: 'The disruption budget young is still being processed by the server.' }],
    })
  })

  it.each([
    ['has failed to sync', { reason: 'SyncFailed', message: 'no scale' }, 'because it failed sync: no scale'],
    [
      'says why',
      { reason: 'Other', message: 'not today' },
      'does not allow evicting pods currently (Other): not today',
    ],
    ['says nothing', { reason: 'Other', message: '' }, 'does not allow evicting pods currently'],
  ])('tells when the budget %s', async (what, condition, text) => {
    const name = what.replaceAll(' ', '-')
    await running(name)
    const full = {
      type: 'DisruptionAllowed',
      status: 'False',
      lastTransitionTime: '2024-01-01T00:00:00Z',
      ...condition,
    }
    await budget(name, { disruptionsAllowed: 0, currentHealthy: 3, desiredHealthy: 1, conditions: [full] })
    const [cause] = (await evict(name)).json.details.causes
    expect(cause.message.endsWith(text)).toBe(true)
  })

  it('of a pod with two budgets fails', async () => {
    await running('twice')
    await budget('twice', {}, {}, 'one')
    await budget('twice', {}, {}, 'two')
    const { json } = await evict('twice')
    expect(json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      code: 500,
    })
  })

  it.each([
    ['always', { currentHealthy: 0, desiredHealthy: 2 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 201],
    ['healthy', { currentHealthy: 2, desiredHealthy: 2 }, {}, 201],
    ['disrupted', { currentHealthy: 1, desiredHealthy: 2 }, {}, 429],
  ])('of a pod that is not ready does not spend: %s', async (name, counts, spec, code) => {
    await running(name, 'False')
    await budget(name, { disruptionsAllowed: 0, ...counts }, spec)
    expect((await evict(name)).status).toBe(code)
    expect((await readBudget(name)).status.disruptedPods).toBeUndefined()
  })

  it.each(['Succeeded', 'Failed', 'Pending'])('of a pod that is %s asks no budget', async phase => {
    const name = phase.toLowerCase()
    await running(name)
    await status(name, { phase })
    await budget(name, { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1 })
    expect((await evict(name)).status).toBe(201)
  })

  it('changes nothing in a dry run', async () => {
    await running('dry')
    await budget('dry', { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 })
    expect((await evict('dry', { dryRun: ['All'] })).status).toBe(201)
    expect((await evict('dry', undefined, '?dryRun=All')).status).toBe(201)
    expect((await readBudget('dry')).status.disruptionsAllowed).toBe(1)
    expect((await readPod('dry')).json.metadata.deletionTimestamp).toBeUndefined()
  })

  it('is refused for another pod than it names', async () => {
    await running('named')
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'x' } }
    const reply = await api.h2.request('POST', `${pods}/named/eviction`, { body })
    expect(reply.json.message).toBe('name in URL does not match name in Eviction object')
    const uid = await evict('named', { preconditions: { uid: 'nobody' } })
    expect([uid.status, uid.json.reason]).toEqual([409, 'Conflict'])
    expect((await evict('gone')).json.message).toBe('pods "gone" not found')
  })
})
