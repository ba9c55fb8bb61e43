import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const maps = '/api/v1/namespaces/default/configmaps'
const pods = '/api/v1/namespaces/default/pods'
const applyType = 'application/apply-patch+yaml'

const apply = (path: string, manager: string, body: unknown, query = '') =>
  api.h2.request('PATCH', `${path}?fieldManager=${manager}${query}`, { body, headers: { 'content-type': applyType } })
const merge = (path: string, body: unknown, query = '') =>
  api.h2.request('PATCH', `${path}${query}`, { body, headers: { 'content-type': 'application/merge-patch+json' } })
const configMap = (name: string, data?: Record<string, string>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data === undefined ? {} : { data }),
})
const pod = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'a:1', ...more }] },
})
/** Manager, operation, subresource and fields of each entry. */
const owners = (json: { metadata: { managedFields?: Record<string, unknown>[] } }) =>
  (json.metadata.managedFields ?? []).map(({ manager, operation, subresource, fieldsV1 }) => [
    manager,
    operation,
    ...(subresource === undefined ? [] : [subresource]),
    fieldsV1,
  ])

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

describe('the managers of an object', () => {
  it('are those who wrote it, by their name or by their program’s', async () => {
    const created = await api.h2.request('POST', maps, {
      body: configMap('written', { a: '1' }),
      headers: { 'user-agent': 'my\u00adtool/v1 (x)' },
    })
    expect(owners(created.json)).toEqual([['mytool', 'Update', { 'f:data': { '.': {}, 'f:a': {} } }]])
    const [entry] = created.json.metadata.managedFields
    expect(entry).toMatchObject({
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      time: created.json.metadata.creationTimestamp,
    })
    const patched = await merge(`${maps}/written`, { data: { a: '2', b: '1' } }, '?fieldManager=patcher')
    expect(owners(patched.json)).toEqual([
      ['mytool', 'Update', { 'f:data': {} }],
      ['patcher', 'Update', { 'f:data': { 'f:a': {}, 'f:b': {} } }],
    ])
    const removed = await merge(`${maps}/written`, { data: { b: null } }, '?fieldManager=third')
    expect(owners(removed.json)).toEqual([
      ['mytool', 'Update', { 'f:data': {} }],
      ['patcher', 'Update', { 'f:data': { 'f:a': {} } }],
    ])
  })

  it('are kept when a generated name has to be made again', async () => {
    const body = { ...configMap('', { a: '1' }), metadata: { generateName: 'gen-' } }
    const created = await api.h2.request('POST', `${maps}?fieldManager=me`, { body })
    expect(owners(created.json)).toEqual([
      ['me', 'Update', { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:generateName': {} } }],
    ])
  })

  it('are the api-server itself for what it makes', async () => {
    const { json } = await api.h2.request('GET', '/api/v1/namespaces/default')
    expect(owners(json)).toEqual([
      ['kube-apiserver', 'Update', { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubernetes.io/metadata.name': {} } } }],
    ])
  })

  it('own the status where they wrote it', async () => {
    await api.h2.request('POST', `${pods}?fieldManager=maker`, { body: pod('parts') })
    const reply = await api.h2.request('PATCH', `${pods}/parts/status?fieldManager=kubelet`, {
      body: { status: { phase: 'Running' }, metadata: { labels: { new: 'x' } } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    })
    expect(owners(reply.json)).toHaveLength(2)
    expect(owners(reply.json).find(([manager]) => manager === 'kubelet')).toEqual([
      'kubelet',
      'Update',
      'status',
      { 'f:metadata': { 'f:labels': { 'f:new': {} } }, 'f:status': { 'f:phase': {} } },
    ])
  })

  it('own nothing that the endpoint does not take from them', async () => {
    await api.h2.request('POST', `${pods}?fieldManager=maker`, { body: pod('split') })
    const before = await api.h2.request('GET', `${pods}/split`)
    const reply = await merge(`${pods}/split`, { status: { phase: 'Failed' } }, '?fieldManager=liar')
    expect([reply.status, reply.text]).toEqual([200, before.text])
  })

  it('are forgotten when a writer asks for it', async () => {
    await apply(`${maps}/reset`, 'me', configMap('reset', { a: '1' }))
    const reset = await merge(`${maps}/reset`, { metadata: { managedFields: [{}] } })
    expect(reset.json.metadata).not.toHaveProperty('managedFields')
    // who wrote before anybody applied has no name of its own any more
    const applied = await apply(`${maps}/reset`, 'new', configMap('reset', { a: '2' }))
    expect(applied.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    )
  })

  it('stay when a writer leaves them out or sends nonsense', async () => {
    const created = await api.h2.request('POST', `${maps}?fieldManager=me`, { body: configMap('kept', { a: '1' }) })
    const { managedFields, ...metadata } = created.json.metadata
    const without = await api.h2.request('PUT', `${maps}/kept`, { body: { ...created.json, metadata } })
    expect(without.json.metadata.managedFields).toEqual(managedFields)
    const nonsense = await api.h2.request('PUT', `${maps}/kept`, {
      body: { ...created.json, metadata: { ...metadata, managedFields: [{ manager: 'x', operation: 'Nope' }] } },
    })
    expect(nonsense.json.metadata.managedFields).toEqual(managedFields)
  })

  it('may be changed by a JSON patch', async () => {
    await api.h2.request('POST', `${maps}?fieldManager=me`, { body: configMap('renamed', { a: '1' }) })
    const reply = await api.h2.request('PATCH', `${maps}/renamed`, {
      body: [{ op: 'replace', path: '/metadata/managedFields/0/manager', value: 'you' }],
      headers: { 'content-type': 'application/json-patch+json' },
    })
    expect(owners(reply.json)).toEqual([['you', 'Update', { 'f:data': { '.': {}, 'f:a': {} } }]])
  })

  it('are there in every form of an answer', async () => {
    const name = 'forms'
    await api.h2.request('POST', `${maps}?fieldManager=me`, { body: configMap(name, { a: '1' }) })
    const as = (accept: string) => api.h2.request('GET', `${maps}/${name}`, { headers: { accept } })
    const meta = await as('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')
    expect(owners(meta.json)).toEqual([['me', 'Update', { 'f:data': { '.': {}, 'f:a': {} } }]])
    expect((await as('application/yaml')).text).toMatch(/fieldsV1:\n +f:data:\n +"\.": {}\n +f:a: {}/)
    expect((await as('application/vnd.kubernetes.protobuf')).text).toContain('{"f:data":{".":{},"f:a":{}}}')
    const written = await api.h2.request('PATCH', `${maps}/${name}`, {
      body: { data: { b: '1' } },
      headers: { 'content-type': 'application/merge-patch+json', accept: 'application/yaml' },
    })
    expect(written.text).toContain('f:b: {}')
  })
})

describe('versions of a kind', () => {
  const at = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
  const scaler = (version: string, name: string, spec: object) => ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
  })
  const cpu = (averageUtilization: number) => ({
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }],
  })
  const versions = (json: { metadata: { managedFields: { manager: string; apiVersion: string }[] } }) =>
    json.metadata.managedFields.map(({ manager, apiVersion }) => `${manager} ${apiVersion}`)

  it('are compared each in its own form', async () => {
    await api.h2.request('POST', `${at('v1')}?fieldManager=old`, {
      body: scaler('v1', 'two', { minReplicas: 2, targetCPUUtilizationPercentage: 50 }),
    })
    const refused = await apply(`${at('v2')}/two`, 'new', scaler('v2', 'two', { minReplicas: 3, ...cpu(70) }))
    expect(refused.json.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "old" using autoscaling/v1:\n- .spec.minReplicas\n- .spec.targetCPUUtilizationPercentage',
    )
    const shared = await apply(`${at('v2')}/two`, 'new', scaler('v2', 'two', { minReplicas: 2, ...cpu(50) }))
    expect(versions(shared.json)).toEqual(['new autoscaling/v2', 'old autoscaling/v1'])
    const forced = await apply(`${at('v2')}/two`, 'new', scaler('v2', 'two', cpu(70)), '&force=true')
    expect(forced.status).toBe(200)
    // min is still the other one's, in its version
    expect(forced.json.spec.minReplicas).toBe(2)
    const owned = forced.json.metadata.managedFields.find((e: { manager: string }) => e.manager === 'old').fieldsV1
    expect(Object.keys(owned['f:spec']).sort()).toEqual(['f:maxReplicas', 'f:minReplicas', 'f:scaleTargetRef'])
  })

  it('have one entry for an applier, whatever version it comes in', async () => {
    await apply(
      `${at('v1')}/moved`,
      'me',
      scaler('v1', 'moved', { minReplicas: 2, targetCPUUtilizationPercentage: 50 }),
    )
    const moved = await apply(`${at('v2')}/moved`, 'me', scaler('v2', 'moved', { minReplicas: 4 }))
    expect(versions(moved.json)).toEqual(['me autoscaling/v2'])
    expect(moved.json.spec.minReplicas).toBe(4)
    const again = await apply(`${at('v1')}/moved`, 'me', scaler('v1', 'moved', { minReplicas: 4 }))
    expect(versions(again.json)).toEqual(['me autoscaling/v1'])
  })
})

describe('versions of a kind that are off by default', () => {
  let beta: TestApiServer
  beforeAll(async () => {
    beta = await testApiServer({ runtimeConfig: ['api/all=true'] })
  })
  afterAll(() => beta[Symbol.asyncDispose]())

  const at = (group: string, version: string, resource: string) => `/apis/${group}/${version}/${resource}/applied`
  const put = (path: string, manager: string, body: object) =>
    beta.h2.request('PATCH', `${path}?fieldManager=${manager}`, { body, headers: { 'content-type': applyType } })

  it('are compared as they were written, without what is filled in', async () => {
    const group = 'admissionregistration.k8s.io'
    const binding = (version: string) => ({
      apiVersion: `${group}/${version}`,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: 'applied' },
      spec: { policyName: 'p', matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
    })
    const path = (version: string) => at(group, version, 'mutatingadmissionpolicybindings')
    expect((await put(path('v1beta1'), 'one', binding('v1beta1'))).status).toBe(201)
    // matchResources is one value, which has a matchPolicy by now
    expect((await put(path('v1alpha1'), 'two', binding('v1alpha1'))).json.message).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.matchResources',
    )
  })

  it('cannot be compared where a value is none', async () => {
    const group = 'resource.k8s.io'
    const slice = (version: string, device: (capacity: object) => object, value: string) => ({
      apiVersion: `${group}/${version}`,
      kind: 'ResourceSlice',
      metadata: { name: 'applied' },
      spec: {
        driver: 'gpu.example.com',
        nodeName: 'a',
        pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
        devices: [{ name: 'd', ...device({ capacity: { memory: { value } } }) }],
      },
    })
    const path = (version: string) => at(group, version, 'resourceslices')
    const made = await put(
      path('v1'),
      'one',
      slice('v1', capacity => capacity, '1Gi'),
    )
    expect([made.status, made.json.message]).toEqual([201, undefined])
    const { status, json } = await put(
      path('v1beta1'),
      'one',
      slice('v1beta1', basic => ({ basic }), '1Gix'),
    )
    expect([status, json.message]).toEqual([
      500,
      "failed to prune fields: failed to convert merged object to last applied version: unable to convert unstructured object to resource.k8s.io/v1beta1, Kind=ResourceSlice: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ])
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
