import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices'
const flowControl = '/apis/flowcontrol.apiserver.k8s.io/v1'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

async function create(path: string, body: object) {
  const reply = await api.h2.request('POST', path, { body })
  expect(reply.json).toMatchObject({ metadata: { uid: expect.any(String) } })
  return reply.json
}

type Told = { type: string; status: string; reason: string; message: string }
async function conditions(path: string): Promise<string[]> {
  const { json } = await api.h2.request('GET', path)
  return (json.status?.conditions ?? []).map(({ type, status, reason }: Told) => `${type}=${status} ${reason}`)
}
const told = (path: string, wanted: readonly string[]) =>
  vi.waitFor(async () => expect(await conditions(path)).toEqual(wanted))
const message = async (path: string, type: string) => {
  const { json } = await api.h2.request('GET', path)
  return json.status.conditions.find((condition: Told) => condition.type === type).message
}

function definition(group: string, plural: string, names: object, metadata: object = {}) {
  const schema = { openAPIV3Schema: { type: 'object' } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...metadata },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, ...names },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
}

const established = ['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']

describe('a CustomResourceDefinition', () => {
  it('has a Table, and its status none, as upstream', async () => {
    const path = `${definitions}/tables.t.example.com`
    await create(definitions, definition('t.example.com', 'tables', { kind: 'Tab' }))
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    expect((await api.h2.request('GET', path, { headers })).json.kind).toBe('Table')
    const { status, json } = await api.h2.request('GET', `${path}/status`, { headers })
    expect([status, json.message]).toEqual([
      406,
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ])
    await api.h2.request('DELETE', path)
  })

  it('is given its names and is established at once', async () => {
    const path = `${definitions}/as.a.example.com`
    await create(definitions, definition('a.example.com', 'as', { kind: 'A', shortNames: ['x', 'y'] }))
    await told(path, established)
    const { json } = await api.h2.request('GET', path)
    expect(json.status.acceptedNames).toEqual({
      plural: 'as',
      singular: 'a',
      shortNames: ['x', 'y'],
      kind: 'A',
      listKind: 'AList',
    })
    expect(json.status.storedVersions).toEqual(['v1'])
    const own = json.metadata.managedFields.find(({ manager }: { manager: string }) => manager === 'kube-apiserver')
    expect(own).toMatchObject({ operation: 'Update', subresource: 'status' })
    expect(Object.keys(own.fieldsV1['f:status']['f:conditions'])).toHaveLength(2)
  })

  it('waits for names that another of its group has, and gets them when they are free', async () => {
    const [first, second] = [`${definitions}/as.b.example.com`, `${definitions}/bs.b.example.com`]
    await create(definitions, definition('b.example.com', 'as', { kind: 'A', shortNames: ['x', 'y'] }))
    await told(first, established)
    const late = { kind: 'A', singular: 'as', shortNames: ['x', 'y'], listKind: 'AList' }
    await create(definitions, definition('b.example.com', 'bs', late))
    await told(second, ['NamesAccepted=False ListKindConflict', 'Established=False NotAccepted'])
    expect(await message(second, 'NamesAccepted')).toBe('"AList" is already in use')
    expect((await api.h2.request('GET', second)).json.status.acceptedNames).toEqual({ plural: 'bs', kind: '' })
    await api.h2.request('DELETE', first)
    await told(second, established)
  })

  it('of a group of Kubernetes says whether it was approved', async () => {
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, only a test' }
    await create(definitions, definition('w.k8s.io', 'ws', { kind: 'W' }, { annotations }))
    const path = `${definitions}/ws.w.k8s.io`
    await told(path, ['KubernetesAPIApprovalPolicyConformant=False UnapprovedAnnotation', ...established])
    expect(await message(path, 'KubernetesAPIApprovalPolicyConformant')).toBe('not approved: "unapproved, only a test"')
  })

  it('goes when its custom resources are gone', async () => {
    const path = `${definitions}/cs.c.example.com`
    await create(definitions, definition('c.example.com', 'cs', { kind: 'C' }))
    await told(path, established)
    const instance = (name: string, metadata = {}) => ({
      key: `/registry/c.example.com/cs/default/${name}`,
      value: Buffer.from(
        JSON.stringify({ apiVersion: 'c.example.com/v1', kind: 'C', metadata: { name, ...metadata } }),
      ),
      expected: 0,
    })
    await api.store.put(instance('one'))
    const held = instance('held', { finalizers: ['example.com/wait'] })
    await api.store.put(held)
    const { status, json } = await api.h2.request('DELETE', path)
    expect(status).toBe(200)
    expect(json.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io'])
    expect(json.metadata.generation).toBe(1)
    expect(json.status.conditions.at(-1)).toMatchObject({
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
    })
    const left = async () => {
      const { kvs } = await api.store.range({ start: '/registry/c.example.com/', end: '/registry/c.example.com0' })
      return kvs.map(({ key, value }) => [key.split('/').at(-1), JSON.parse(Buffer.from(value).toString()).metadata])
    }
    await vi.waitFor(async () =>
      expect(await left()).toEqual([['held', expect.objectContaining({ deletionTimestamp: expect.any(String) })]]),
    )
    await told(path, [...established, 'Terminating=True InstanceDeletionInProgress'])
  })

  it('that was never established goes at once, and with others by the old way', async () => {
    const path = `${definitions}/ds.d.example.com`
    for (const plural of ['ds', 'es']) await create(definitions, definition('d.example.com', plural, { kind: 'D' }))
    await api.h2.request('DELETE', `${definitions}/es.d.example.com`)
    await vi.waitFor(async () =>
      expect((await api.h2.request('GET', `${definitions}/es.d.example.com`)).status).toBe(404),
    )
    const many = await api.h2.request('DELETE', `${definitions}?fieldSelector=metadata.name=ds.d.example.com`)
    expect(many.status).toBe(200)
    expect((await api.h2.request('GET', path)).status).toBe(404)
  })

  it('is not deleted for somebody who means another', async () => {
    await create(definitions, definition('f.example.com', 'fs', { kind: 'F' }))
    const { status, json } = await api.h2.request('DELETE', `${definitions}/fs.f.example.com`, {
      body: { preconditions: { uid: 'other' } },
    })
    expect([status, json.message]).toEqual([
      409,
      expect.stringContaining('Precondition failed: UID in precondition: other, UID in object meta: '),
    ])
  })
})

describe('an APIService', () => {
  const service = (name: string, spec: object) => ({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1.${name}` },
    spec: { group: name, version: 'v1', groupPriorityMinimum: 10, versionPriority: 10, ...spec },
  })
  const services = '/api/v1/namespaces/default/services'
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'

  it('of another server says what is missing on the way there', async () => {
    const path = `${apiServices}/v1.x.example.com`
    await create(apiServices, service('x.example.com', { service: { name: 's', namespace: 'default' } }))
    await told(path, ['Available=False ServiceNotFound'])
    expect(await message(path, 'Available')).toBe('service/s in "default" is not present')

    await create(services, { metadata: { name: 's' }, spec: { ports: [{ name: 'web', port: 80 }] } })
    await told(path, ['Available=False ServicePortError'])
    expect(await message(path, 'Available')).toBe('service/s in "default" is not listening on port 443')
    await api.h2.request('PATCH', `${services}/s`, {
      body: '[{"op":"replace","path":"/spec/ports/0/port","value":443}]',
      headers: { 'content-type': 'application/json-patch+json' },
    })
    await told(path, ['Available=False EndpointsNotFound'])
    expect(await message(path, 'Available')).toBe('cannot find endpointslices for service/s in "default"')

    await create(slices, {
      metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }],
      ports: [{ name: 'web', port: 443 }],
    })
    await told(path, ['Available=False MissingEndpoints'])
    expect(await message(path, 'Available')).toBe(
      'endpointslices for service/s in "default" have no addresses with port name "web"',
    )
  })

  it('of this server is available', async () => {
    await create(apiServices, service('y.example.com', {}))
    await told(`${apiServices}/v1.y.example.com`, ['Available=True Local'])
  })

  it('that comes to stand on a Service is looked at anew', async () => {
    const path = `${apiServices}/v1.z.example.com`
    const made = await create(apiServices, service('z.example.com', {}))
    const spec = { ...made.spec, service: { name: 'none', namespace: 'default' } }
    await api.h2.request('PUT', path, { body: { ...made, spec } })
    await told(path, ['Available=False ServiceNotFound'])
  })

  it('whose server does not answer well is not available', async () => {
    const path = `${apiServices}/v1.q.example.com`
    const { port } = api.server
    const external = { type: 'ExternalName', externalName: 'localhost' }
    await create(services, { metadata: { name: 'external' }, spec: external })
    await create(
      apiServices,
      service('q.example.com', {
        service: { name: 'external', namespace: 'default', port },
        insecureSkipTLSVerify: true,
      }),
    )
    await told(path, ['Available=False FailedDiscoveryCheck'])
  })
})

describe('a FlowSchema', () => {
  it('is dangling while its level is not there', async () => {
    const path = `${flowControl}/flowschemas/mine`
    await create(`${flowControl}/flowschemas`, {
      metadata: { name: 'mine' },
      spec: { priorityLevelConfiguration: { name: 'later' } },
    })
    await told(path, ['Dangling=True NotFound'])
    const [applied, ...others] = (await api.h2.request('GET', path)).json.metadata.managedFields
    expect(applied).toMatchObject({
      manager: 'api-priority-and-fairness-config-consumer-v1',
      operation: 'Apply',
      subresource: 'status',
    })
    expect(others).toHaveLength(1)
    await create(`${flowControl}/prioritylevelconfigurations`, {
      metadata: { name: 'later' },
      spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
    })
    await told(path, ['Dangling=False Found'])
    await api.h2.request('DELETE', `${flowControl}/prioritylevelconfigurations/later`)
    await told(path, ['Dangling=True NotFound'])
    expect((await api.h2.request('GET', path)).json.metadata.managedFields).toHaveLength(2)
  })
})
