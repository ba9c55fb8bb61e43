import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { configMap, managersOf, maps, owners, pod, pods } from '../testing/owned-fields.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const { apply, merge } = managersOf(() => api)

describe('server-side apply', () => {
  it('creates, then changes, and says so', async () => {
    const created = await apply(`${maps}/made`, 'me', configMap('made', { k: 'v' }))
    expect(created.status).toBe(201)
    expect(created.json).toMatchObject({ data: { k: 'v' } })
    expect(owners(created.json)).toEqual([['me', 'Apply', { 'f:data': { 'f:k': {} } }]])
    const changed = await apply(`${maps}/made`, 'me', configMap('made', { l: 'w' }))
    expect(changed.status).toBe(200)
    expect(changed.json.data).toEqual({ l: 'w' })
    expect((await api.h2.request('GET', `${maps}/made`)).text).toBe(changed.text)
  })

  it('takes YAML', async () => {
    const reply = await apply(
      `${maps}/yaml`,
      'me',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  k: "v" # a word\n',
    )
    expect([reply.status, reply.json.data]).toEqual([201, { k: 'v' }])
  })

  it('stores nothing when nothing changes', async () => {
    const first = await apply(`${pods}/same`, 'me', pod('same'))
    const again = await apply(`${pods}/same`, 'me', pod('same'))
    expect([again.status, again.text]).toEqual([200, first.text])
    const byUpdate = await api.h2.request('PUT', `${pods}/same`, { body: first.json })
    expect(byUpdate.text).toBe(first.text)
    const byPatch = await merge(`${pods}/same`, { spec: { containers: first.json.spec.containers } })
    expect(byPatch.text).toBe(first.text)
  })

  it('conflicts with what another manager has, and takes it over by force', async () => {
    const path = `${pods}/mine`
    await apply(path, 'one', pod('mine'))
    const refused = await apply(path, 'two', pod('mine', { image: 'a:2' }))
    expect([refused.status, refused.json]).toEqual([
      409,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Apply failed with 1 conflict: conflict with "one": .spec.containers[name="c"].image',
        reason: 'Conflict',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "one"',
              field: '.spec.containers[name="c"].image',
            },
          ],
        },
        code: 409,
      },
    ])
    const forced = await apply(path, 'two', pod('mine', { image: 'a:2' }), '&force=true')
    expect(forced.status).toBe(200)
    expect(forced.json.spec.containers[0].image).toBe('a:2')
    const container = { 'k:{"name":"c"}': { '.': {}, 'f:name': {} } }
    expect(owners(forced.json)).toEqual([
      ['one', 'Apply', { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:spec': { 'f:containers': container } }],
      [
        'two',
        'Apply',
        {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
        },
      ],
    ])
  })

  it('names the version of who updated, and all fields', async () => {
    const path = `${maps}/edited`
    await api.h2.request('POST', maps, {
      body: configMap('edited', { a: '1', b: '1' }),
      headers: { 'user-agent': 'kubectl-client-side-apply/v1.36.0 (linux/amd64)' },
    })
    const refused = await apply(path, 'me', configMap('edited', { a: '2', b: '2' }))
    expect(refused.json.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using v1:\n- .data.a\n- .data.b',
    )
  })

  it('takes over what kubectl applied on its own side', async () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
    const before = configMap('moved', { a: '1' })
    await api.h2.request('POST', `${maps}?fieldManager=kubectl-client-side-apply`, {
      body: configMap('moved', { a: '1' }, { annotations: { [annotation]: JSON.stringify(before) } }),
    })
    const applied = await apply(`${maps}/moved`, 'kubectl', configMap('moved', { a: '2' }))
    expect([applied.status, applied.json.data]).toEqual([200, { a: '2' }])
    expect(applied.json.metadata.annotations[annotation]).toBe(
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"moved"}}\n',
    )
    // other names opt out
    expect((await apply(`${maps}/moved`, 'else', configMap('moved', { a: '3' }))).status).toBe(409)
  })

  it('does nothing on a dry run, and tells what it would', async () => {
    const created = await apply(`${maps}/dry`, 'me', configMap('dry', { a: '1' }), '&dryRun=All')
    expect([created.status, created.json.data]).toEqual([201, { a: '1' }])
    expect((await api.h2.request('GET', `${maps}/dry`)).status).toBe(404)
  })

  it('says who owns the status', async () => {
    await apply(`${pods}/state`, 'me', pod('state'))
    const status = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'state' }, status: { message: 'hi' } }
    const reply = await apply(`${pods}/state/status`, 'kubelet', { ...status, spec: { containers: [] } })
    expect(reply.status).toBe(200)
    expect(reply.json.status.message).toBe('hi')
    expect(owners(reply.json).filter(([manager]) => manager === 'kubelet')).toEqual([
      ['kubelet', 'Apply', 'status', { 'f:status': { 'f:message': {} } }],
    ])
    const other = await apply(`${pods}/state/status`, 'other', { ...status, status: { message: 'ho' } })
    expect(other.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubelet" with subresource "status": .status.message',
    )
    expect((await apply(`${pods}/nobody/status`, 'kubelet', { ...status, metadata: { name: 'nobody' } })).status).toBe(
      404,
    )
  })

  it('is one write when many make the object at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, i) => apply(`${maps}/crowd`, `m${i}`, configMap('crowd', { [`k${i}`]: 'v' }))),
    )
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201])
    const { json } = await api.h2.request('GET', `${maps}/crowd`)
    expect(Object.keys(json.data)).toHaveLength(8)
    expect(json.metadata.managedFields).toHaveLength(8)
  })

  it.each<[string, number, string, object | string, string, string]>([
    [
      'no manager',
      422,
      '',
      configMap('bad'),
      '',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [
      'a manager that is too long',
      422,
      'x'.repeat(129),
      configMap('bad'),
      '',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'a manager that cannot be printed',
      422,
      'a%07',
      configMap('bad'),
      '',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\a": invalid character U+0007 (at position 1)',
    ],
    ['no YAML', 400, 'me', '{', '', 'error decoding YAML: error converting YAML to JSON: yaml: '],
    [
      'a list',
      400,
      'me',
      '[]',
      '',
      'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'another kind',
      400,
      'me',
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      '',
      'invalid object type: apps/v1, Kind=Deployment',
    ],
    ['no kind', 400, 'me', { apiVersion: 'v1' }, '', 'invalid object type: /v1, Kind='],
    ['managers', 400, 'me', configMap('bad', {}, { managedFields: [] }), '', 'metadata.managedFields must be nil'],
    [
      'fields that there are not',
      500,
      'me',
      { ...configMap('bad'), spec: 1 },
      '',
      'failed to create typed patch object (/bad; /v1, Kind=ConfigMap): .spec: field not declared in schema',
    ],
    [
      'a name that is no text',
      500,
      'me',
      { ...configMap('bad'), metadata: { name: { toString: 'x', valueOf: 'y' }, namespace: ['n'] } },
      '',
      'failed to create typed patch object (/; /v1, Kind=ConfigMap): errors:\n  .metadata.name: expected string, got ',
    ],
    [
      'a kind that is no text',
      400,
      'me',
      { apiVersion: 'v1', kind: { toString: 'x', valueOf: 'y' } },
      '',
      'invalid object type: /v1, Kind=',
    ],
    [
      'another name',
      400,
      'me',
      configMap('other'),
      '',
      'the name of the object (other) does not match the name on the URL (bad)',
    ],
    [
      'a uid of nothing',
      409,
      'me',
      configMap('bad', {}, { uid: 'u' }),
      '',
      'Operation cannot be fulfilled on configmaps "bad": uid mismatch: the provided object specified uid u, and no existing object was found',
    ],
    [
      'keys that stand twice, strictly',
      400,
      'me',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\ndata:\n  a: "1"\n  a: "2"\n',
      '&fieldValidation=Strict',
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "a" already set in map',
    ],
  ])('refuses %s', async (_, status, manager, body, query, message) => {
    const reply = await apply(`${maps}/bad`, manager, body, query)
    expect([reply.status, reply.json.message.slice(0, message.length)]).toEqual([status, message])
    expect((await api.h2.request('GET', `${maps}/bad`)).status).toBe(404)
  })

  it('refuses a stale version, and force where there is no apply', async () => {
    await apply(`${maps}/stale`, 'me', configMap('stale', { a: '1' }))
    const stale = await apply(`${maps}/stale`, 'me', configMap('stale', { a: '2' }, { resourceVersion: '1' }))
    expect([stale.status, stale.json.reason]).toEqual([409, 'Conflict'])
    const forced = await merge(`${maps}/stale`, { data: {} }, '?force=true')
    expect([forced.status, forced.json.message]).toEqual([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ])
  })

  it('refuses formats that there are not', async () => {
    const reply = await api.h2.request('PATCH', `${maps}/x?fieldManager=me`, {
      body: '',
      headers: { 'content-type': 'application/apply-patch+cbor' },
    })
    expect([reply.status, reply.json.message]).toEqual([415, '415: Unsupported Media Type'])
  })

  it('keeps keys that are something else in JavaScript', async () => {
    const data = '{"__proto__":"p","constructor":"c","10":"n","9":"m"}'
    const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"keys"},"data":${data}}`
    await apply(`${maps}/keys`, 'one', body)
    const again = await apply(`${maps}/keys`, 'two', body)
    expect(again.text).toContain('"data":{"10":"n","9":"m","__proto__":"p","constructor":"c"}')
    const gone = await apply(`${maps}/keys`, 'one', configMap('keys'))
    expect(gone.text).toContain('"__proto__":"p"')
    expect((await apply(`${maps}/keys`, 'two', configMap('keys'))).json).not.toHaveProperty('data')
  })
})

describe('the scale', () => {
  const deployments = '/apis/apps/v1/namespaces/default/deployments'
  const deployment = (name: string, replicas?: number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'a' }] } },
    },
  })
  const replicasOf = (json: { metadata: { managedFields?: Record<string, unknown>[] } }) =>
    owners(json)
      .filter(
        entry => (entry.at(-1) as Record<string, Record<string, unknown>>)['f:spec']?.['f:replicas'] !== undefined,
      )
      .map(entry => entry.slice(0, -1))

  it('takes the replicas from who had them, in the version of the object', async () => {
    await apply(`${deployments}/scaled`, 'owner', deployment('scaled', 1))
    const reply = await merge(`${deployments}/scaled/scale`, { spec: { replicas: 3 } }, '?fieldManager=scaler')
    expect([reply.status, reply.json.spec, reply.json.metadata.managedFields]).toEqual([
      200,
      { replicas: 3 },
      undefined,
    ])
    const { json } = await api.h2.request('GET', `${deployments}/scaled`)
    expect(replicasOf(json)).toEqual([['scaler', 'Update', 'scale']])
    expect(json.metadata.managedFields.map((e: { apiVersion: string }) => e.apiVersion)).toEqual(['apps/v1', 'apps/v1'])
    const refused = await apply(`${deployments}/scaled`, 'owner', deployment('scaled', 1))
    expect(refused.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    )
    // who says nothing of them lets them be
    expect((await apply(`${deployments}/scaled`, 'owner', deployment('scaled'))).json.spec.replicas).toBe(3)
  })

  it('is applied too, in conflict with who has the replicas', async () => {
    await apply(`${deployments}/held`, 'owner', deployment('held', 1))
    const wanted = (replicas: number) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'held', namespace: 'default' },
      spec: { replicas },
    })
    const refused = await apply(`${deployments}/held/scale`, 'scaler', wanted(2))
    expect(refused.json.message).toBe('Apply failed with 1 conflict: conflict with "owner": .spec.replicas')
    expect((await apply(`${deployments}/held/scale`, 'scaler', wanted(1))).status).toBe(200)
    const shared = await api.h2.request('GET', `${deployments}/held`)
    // an apply that changed nothing has no time, and comes first
    expect(replicasOf(shared.json)).toEqual([
      ['scaler', 'Apply', 'scale'],
      ['owner', 'Apply'],
    ])
    const forced = await apply(`${deployments}/held/scale`, 'scaler', wanted(2), '&force=true')
    expect(forced.json.spec).toEqual({ replicas: 2 })
    const { json } = await api.h2.request('GET', `${deployments}/held`)
    expect(replicasOf(json)).toEqual([['scaler', 'Apply', 'scale']])
  })
})
