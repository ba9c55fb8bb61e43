import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

let api: TestApiServer
const pods = '/api/v1/namespaces/default/pods'
const zone = 'topology.kubernetes.io/zone'
beforeAll(async () => {
  api = await testApiServer()
  const labels = { [zone]: 'z1', 'topology.kubernetes.io/region': 'r1', other: 'label' }
  await api.h2.request('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1', labels } } })
})
afterAll(() => api[Symbol.asyncDispose]())

const spec = { containers: [{ name: 'c', image: 'busybox' }] }
const create = (name: string, more: object = {}, labels: object = {}) =>
  api.h2.request('POST', pods, { body: { metadata: { name, labels }, spec: { ...spec, ...more } } })
const target = { kind: 'Node', name: 'n1' }
const bind = (name: string, body: object, path = `${pods}/${name}/binding`) =>
  api.h2.request('POST', path, { body: { metadata: { name }, target, ...body } })

describe('a binding', () => {
  it('gives the pod its node, labels, annotations and the topology of the node', async () => {
    await create('bound', {}, { [zone]: 'wrong', own: 'label' })
    const metadata = { name: 'bound', labels: { from: 'binding' }, annotations: { a: 'b' } }
    const reply = await bind('bound', { metadata })
    expect([reply.status, reply.json.status]).toEqual([201, 'Success'])
    const { json } = await api.h2.request('GET', `${pods}/bound`)
    expect(json.spec.nodeName).toBe('n1')
    expect(json.metadata.annotations).toMatchObject({ a: 'b' })
    expect(json.metadata.labels).toEqual({
      own: 'label',
      from: 'binding',
      [zone]: 'z1',
      'topology.kubernetes.io/region': 'r1',
    })
  })

  it('ends the nomination and replaces the condition in place', async () => {
    await create('nominated')
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime: '2020-01-01T00:00:00Z' },
      { type: 'Other', status: 'True' },
    ]
    const body = { metadata: { name: 'nominated' }, spec, status: { nominatedNodeName: 'n1', conditions } }
    const merge = { 'content-type': 'application/merge-patch+json' }
    await api.h2.request('PATCH', `${pods}/nominated/status`, { body, headers: merge })
    await bind('nominated', {}, '/api/v1/namespaces/default/bindings')
    const { json } = await api.h2.request('GET', `${pods}/nominated`)
    expect(json.status).not.toHaveProperty('nominatedNodeName')
    expect(json.status.conditions.map((one: { type: string }) => one.type)).toEqual(['PodScheduled', 'Other'])
    expect(json.status.conditions[0]).toMatchObject({ status: 'True' })
    expect(json.status.conditions[0]).not.toHaveProperty('reason')
    expect(json.status.conditions[0].lastTransitionTime).not.toBe('2020-01-01T00:00:00Z')
  })

  it.each<[string, object, number, string]>([
    ['of another name', { metadata: { name: 'other' } }, 400, 'name in URL does not match name in Binding object'],
    ['without a name', { metadata: {} }, 400, 'name in URL does not match name in Binding object'],
    ['to no node', { target: { kind: 'Node' } }, 500, 'target.name: Required value'],
    [
      'to a pod',
      { target: { kind: 'Pod' } },
      500,
      '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]',
    ],
    [
      'of another namespace',
      { metadata: { name: 'free', namespace: 'kube-system' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
  ])('%s is refused', async (_, body, status, message) => {
    await create('free')
    const reply = await bind('free', body)
    expect([reply.status, reply.json.message]).toEqual([status, message])
  })

  it('made for another pod of this name is refused', async () => {
    const { json } = await create('replaced')
    const reply = await bind('replaced', { metadata: { name: 'replaced', uid: 'x' } })
    expect([reply.status, reply.json.message]).toEqual([
      409,
      `Operation cannot be fulfilled on pods "replaced": StorageError: invalid object, Code: 4, Key: /pods/default/replaced, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: ${json.metadata.uid}`,
    ])
  })

  it('of a gated pod is refused', async () => {
    await create('gated', { schedulingGates: [{ name: 'example.com/wait' }] })
    const reply = await bind('gated', {})
    expect([reply.status, reply.json.message]).toEqual([
      409,
      'Operation cannot be fulfilled on pods/binding "gated": pod gated has non-empty .spec.schedulingGates',
    ])
  })
})

it('a pod created on a node has its topology too', async () => {
  const { json } = await create('placed', { nodeName: 'n1' })
  expect(json.metadata.labels).toEqual({ [zone]: 'z1', 'topology.kubernetes.io/region': 'r1' })
})
