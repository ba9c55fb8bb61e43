import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'

let api: TestApiServer
const pods = '/api/v1/namespaces/default/pods'
beforeAll(async () => {
  api = await testApiServer({ admissionPlugins: {} })
  await api.h2.request('POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'default' } },
  })
})
afterAll(() => api[Symbol.asyncDispose]())

const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'busybox:1.36' }], ...spec },
})
const create = (name: string, spec?: object) => api.h2.request('POST', pods, { body: pod(name, spec) })
const bind = (name: string, node: string) =>
  api.h2.request('POST', `${pods}/${name}/binding`, {
    body: { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: node } },
  })

describe('a new pod', () => {
  it('is completed by defaults and admission', async () => {
    const { json } = await create('new')
    expect(json.status).toMatchObject({ phase: 'Pending', qosClass: 'BestEffort' })
    expect(json.spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      terminationGracePeriodSeconds: 30,
    })
    expect(json.spec.tolerations).toEqual([
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ])
    expect(json.spec.containers[0].imagePullPolicy).toBe('IfNotPresent')
  })

  it('that is wrong is refused field by field', async () => {
    const reply = await create('Wrong_Name', { containers: [{ name: 'c' }] })
    expect([reply.status, reply.json.reason]).toEqual([422, 'Invalid'])
    expect(reply.json.details.causes.map((c: { field: string }) => c.field)).toEqual([
      'metadata.name',
      'spec.containers[0].image',
    ])
  })

  it('is bound once', async () => {
    await create('bound')
    const watch = await openWatch(api.h2, `/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn7`)
    const bound = await bind('bound', 'n7')
    expect([bound.status, bound.json.status]).toEqual([201, 'Success'])
    const seen = await watch.next()
    expect([seen?.type, seen?.object.spec.nodeName]).toEqual(['ADDED', 'n7'])
    expect(seen?.object.status.conditions[0]).toMatchObject({ type: 'PodScheduled', status: 'True' })
    watch.close()
    const again = await bind('bound', 'n8')
    expect([again.status, again.json.message]).toEqual([
      409,
      'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "n7"',
    ])
  })
})

describe('the end of a pod', () => {
  it('that no node has is immediate', async () => {
    await create('unscheduled')
    const deleted = await api.h2.request('DELETE', `${pods}/unscheduled`)
    expect(deleted.json.kind).toBe('Pod')
    expect((await api.h2.request('GET', `${pods}/unscheduled`)).status).toBe(404)
  })

  it('on a node waits for the kubelet, which deletes with no grace', async () => {
    await create('graceful')
    await bind('graceful', 'n1')
    const deleted = await api.h2.request('DELETE', `${pods}/graceful`)
    expect([deleted.status, deleted.json.metadata.deletionGracePeriodSeconds]).toEqual([200, 30])
    const timestamp = deleted.json.metadata.deletionTimestamp
    // a longer grace changes nothing, a shorter one does
    const longer = await api.h2.request('DELETE', `${pods}/graceful?gracePeriodSeconds=60`)
    expect(longer.json.metadata).toMatchObject({ deletionTimestamp: timestamp, deletionGracePeriodSeconds: 30 })
    const shorter = await api.h2.request('DELETE', `${pods}/graceful`, { body: { gracePeriodSeconds: 5 } })
    expect(shorter.json.metadata.deletionGracePeriodSeconds).toBe(5)
    const status = await api.h2.request('PATCH', `${pods}/graceful/status`, {
      body: JSON.stringify({ status: { phase: 'Failed' } }),
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    })
    expect(status.json.metadata.deletionTimestamp).toBeDefined()
    await api.h2.request('DELETE', `${pods}/graceful`, {
      body: { gracePeriodSeconds: 0, preconditions: { uid: deleted.json.metadata.uid } },
    })
    expect((await api.h2.request('GET', `${pods}/graceful`)).status).toBe(404)
  })

  it('with a negative grace is one second away', async () => {
    await create('negative')
    await bind('negative', 'n1')
    const deleted = await api.h2.request('DELETE', `${pods}/negative?gracePeriodSeconds=-1`)
    expect([deleted.status, deleted.json.metadata?.deletionGracePeriodSeconds]).toEqual([200, 1])
  })

  it('comes by eviction too', async () => {
    await create('evicted')
    const reply = await api.h2.request('POST', `${pods}/evicted/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted' } },
    })
    expect([reply.status, reply.json.status]).toEqual([201, 'Success'])
    expect((await api.h2.request('GET', `${pods}/evicted`)).status).toBe(404)
  })
})

describe('the status of a pod', () => {
  it('is patched without the spec, which stays as it was', async () => {
    const { json: before } = await create('untouched', { nodeSelector: { disk: 'fast' } })
    for (const body of [{ status: { message: 'one' } }, { status: { message: 'two' }, spec: { nodeName: 'n1' } }]) {
      const answer = await api.h2.request('PATCH', `${pods}/untouched/status`, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
      })
      expect(answer.json.status.message).toBe(body.status.message)
      expect(answer.json.spec).toEqual(before.spec)
      expect((await api.h2.request('GET', `${pods}/untouched`)).json).toEqual(answer.json)
    }
    const wrong = await api.h2.request('PATCH', `${pods}/untouched/status`, {
      body: JSON.stringify({ status: { phase: 7 } }),
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    expect([wrong.status, wrong.json.message]).toEqual([422, expect.stringContaining('nodeSelector')])
  })

  it('is changed by its own path only', async () => {
    await create('status')
    const patch = (path: string, body: object) =>
      api.h2.request('PATCH', path, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/merge-patch+json' },
      })
    const ignored = await patch(`${pods}/status`, { status: { phase: 'Running' } })
    expect(ignored.json.status.phase).toBe('Pending')
    const set = await patch(`${pods}/status/status`, {
      status: { phase: 'Running', podIP: '10.1.2.3' },
      metadata: { labels: { sneaked: 'in' } },
    })
    expect(set.json.status.phase).toBe('Running')
    expect((await api.h2.request('GET', `${pods}?fieldSelector=status.phase%3DRunning`)).json.items).toHaveLength(1)
  })
})
