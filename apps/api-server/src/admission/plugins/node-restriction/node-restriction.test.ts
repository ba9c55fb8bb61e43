import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../../testing/api-server.ts'

const pods = '/api/v1/namespaces/default/pods'
const merge = { 'content-type': 'application/merge-patch+json' }
const asNode = (name: string) => ({ 'impersonate-user': `system:node:${name}`, 'impersonate-group': 'system:nodes' })

let api: TestApiServer
const uids: Record<string, string> = {}
beforeAll(async () => {
  api = await testApiServer({
    authorization: ['Node', 'RBAC'],
    admissionPlugins: { enable: ['NodeRestriction'], disable: ['ServiceAccount'] },
    serviceAccounts: { issuers: ['https://test'] },
  })
  for (const name of ['n1', 'n2']) {
    const { json } = await admin('POST', '/api/v1/nodes', { metadata: { name } })
    uids[name] = json.metadata.uid
    const made = await admin('POST', pods, pod(`on-${name}`, { nodeName: name }))
    expect(made.status).toBe(201)
    uids[`on-${name}`] = made.json.metadata.uid
  }
})
afterAll(() => api?.[Symbol.asyncDispose]())

const admin = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  api.h2.request(method, path, { body, headers })
const node = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  admin(method, path, body, { ...asNode('n1'), ...headers })
const patchNode = (name: string, body: object, part = '') => node('PATCH', `/api/v1/nodes/${name}${part}`, body, merge)
const message = async (reply: ReturnType<typeof node>) => {
  const { status, json } = await reply
  return [status, json.message]
}
const refused = (what: string, why: string) => [403, `${what} is forbidden: ${why}`]
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})

describe('a node and Nodes', () => {
  it('describes itself, and no other', async () => {
    expect((await patchNode('n1', { metadata: { labels: { disk: 'ssd' } } })).status).toBe(200)
    const other = refused('nodes "n2"', 'node "n1" is not allowed to modify node "n2"')
    expect(await message(patchNode('n2', { metadata: { labels: { disk: 'ssd' } } }))).toEqual(other)
    expect(await message(patchNode('n2', { status: { phase: 'Running' } }, '/status'))).toEqual(other)
    expect(await message(node('POST', '/api/v1/nodes', { metadata: { name: 'n3' } }))).toEqual(
      refused('nodes "n3"', 'node "n1" is not allowed to modify node "n3"'),
    )
  })

  it.each([
    ['node-restriction.kubernetes.io/tenant', false],
    ['x.node-restriction.kubernetes.io/tenant', false],
    ['kubernetes.io/anything', false],
    ['node-role.kubernetes.io/control-plane', false],
    ['sub.k8s.io/anything', false],
    ['kubernetes.io/hostname', true],
    ['topology.kubernetes.io/zone', true],
    ['node.kubernetes.io/anything', true],
    ['x.kubelet.kubernetes.io/anything', true],
    ['example.com/anything', true],
  ])('labels itself %s: %s', async (label, allowed) => {
    const reply = await message(patchNode('n1', { metadata: { labels: { [label]: 'a' } } }))
    expect(reply).toEqual(
      allowed ? [200, undefined] : refused('nodes "n1"', `is not allowed to modify labels: ${label}`),
    )
  })

  it('begins without forbidden labels too', async () => {
    const labels = { 'node-restriction.kubernetes.io/b': '', 'kubernetes.io/a': '', c: '' }
    const reply = admin('POST', '/api/v1/nodes', { metadata: { name: 'n4', labels } }, asNode('n4'))
    expect(await message(reply)).toEqual(
      refused(
        'nodes "n4"',
        'node "n4" is not allowed to set the following labels: kubernetes.io/a, node-restriction.kubernetes.io/b',
      ),
    )
  })

  it('keeps its taints and owners', async () => {
    const taints = [{ key: 'dedicated', value: 'a', effect: 'NoSchedule' }]
    expect(await message(patchNode('n1', { spec: { taints } }))).toEqual(
      refused('nodes "n1"', 'node "n1" is not allowed to modify taints'),
    )
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b' }]
    expect(await message(patchNode('n1', { metadata: { ownerReferences } }))).toEqual(
      refused('nodes "n1"', 'node "n1" is not allowed to modify ownerReferences'),
    )
  })

  it('is a node of some name', async () => {
    const reply = admin('POST', '/api/v1/nodes', { metadata: { name: 'n5' } }, asNode(''))
    expect((await reply).status).toBe(403)
  })
})

describe('a node and pods', () => {
  const status = (name: string, body: object) => node('PATCH', `${pods}/${name}/status`, body, merge)

  it('tells the state of its own, and of no other', async () => {
    expect((await status('on-n1', { status: { phase: 'Running' } })).status).toBe(200)
    expect(await message(status('on-n2', { status: { phase: 'Failed' } }))).toEqual(
      refused('pods "on-n2"', 'node "n1" can only update pod status for pods with spec.nodeName set to itself'),
    )
    expect(await message(status('on-n1', { metadata: { labels: { app: 'web' } } }))).toEqual(
      refused('pods "on-n1"', 'node "n1" cannot update labels through pod status'),
    )
    const resourceClaimStatuses = [{ name: 'a', resourceClaimName: 'b' }]
    expect(await message(status('on-n1', { status: { resourceClaimStatuses } }))).toEqual(
      refused('pods "on-n1"', 'node "n1" cannot update resource claim statues'),
    )
  })

  it('deletes and evicts its own, and no other', async () => {
    const eviction = (name: string) => ({ metadata: { name } })
    expect(await message(node('POST', `${pods}/on-n2/eviction`, eviction('on-n2')))).toEqual(
      refused('pods "on-n2"', 'node n1 can only evict pods with spec.nodeName set to itself'),
    )
    expect(await message(node('POST', `${pods}/gone/eviction`, eviction('gone')))).toEqual([
      404,
      'pod "gone" not found',
    ])
    expect(await message(node('DELETE', `${pods}/on-n2`))).toEqual(
      refused('pods "on-n2"', 'node "n1" can only delete pods with spec.nodeName set to itself'),
    )
    for (const name of ['doomed', 'evicted']) await admin('POST', pods, pod(name, { nodeName: 'n1' }))
    expect((await node('DELETE', `${pods}/doomed?gracePeriodSeconds=0`)).status).toBe(200)
    expect((await node('POST', `${pods}/evicted/eviction`, eviction('evicted'))).status).toBe(201)
  })

  const owner = () => ({ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: uids.n1, controller: true })
  const mirror = (spec: object, ownerReferences: object[] = [owner()]) =>
    node(
      'POST',
      `${pods}?dryRun=All`,
      pod('m', { nodeName: 'n1', ...spec }, { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences }),
    )

  it('shows its static pods', async () => {
    expect((await mirror({})).status).toBe(201)
    const plain = 'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods'
    expect(await message(node('POST', pods, pod('p', { nodeName: 'n1' })))).toEqual(refused('pods "p"', plain))
    expect(await message(mirror({ nodeName: 'n2' }))).toEqual(
      refused('pods "m"', 'node "n1" can only create pods with spec.nodeName set to itself'),
    )
  })

  it.each([
    ['no owner', () => [], 'node "n1" can only create pods with an owner reference set to itself'],
    [
      'two owners',
      () => [owner(), { ...owner(), uid: 'x', controller: false }],
      'node "n1" can only create pods with a single owner reference set to itself',
    ],
    [
      'another node',
      () => [{ ...owner(), name: 'n2' }],
      'node "n1" can only create pods with an owner reference set to itself',
    ],
    [
      'an owner that is no controller',
      () => [{ ...owner(), controller: false }],
      'node "n1" can only create pods with a controller owner reference set to itself',
    ],
    [
      'an owner that is held',
      () => [{ ...owner(), blockOwnerDeletion: true }],
      'node "n1" must not set blockOwnerDeletion on an owner reference',
    ],
    ['an older node', () => [{ ...owner(), uid: 'old' }], () => `node n1 UID mismatch: expected old got ${uids.n1}`],
  ] as const)('owns them: refuses %s', async (_, owners, why) => {
    const text = typeof why === 'string' ? why : why()
    expect(await message(mirror({}, [...owners()]))).toEqual(refused('pods "m"', text))
  })

  it.each([
    [{ serviceAccountName: 'a' }, 'serviceaccounts'],
    [{ imagePullSecrets: [{ name: 's' }] }, 'secrets'],
    [{ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, 'secrets'],
    [{ containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'm' } }] }] }, 'configmaps'],
    [{ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'p' } }] }, 'persistentvolumeclaims'],
    [{ volumes: [{ name: 'v', csi: { driver: 'd.example.com' } }] }, 'csidrivers (via CSI volumes)'],
    [
      { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
      'serviceaccounts (via projected volumes)',
    ],
  ])('gives itself no rights by %j', async (spec, what) => {
    const why = `node "n1" can not create pods that reference ${what}`
    expect(await message(mirror(spec))).toEqual(refused('pods "m"', why))
  })
})

describe('a node and what belongs to it', () => {
  it('renews its own lease', async () => {
    await admin('POST', '/api/v1/namespaces', { metadata: { name: 'kube-node-lease' } })
    const lease = (namespace: string, name: string) =>
      node('POST', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, { metadata: { name } })
    expect((await lease('kube-node-lease', 'n1')).status).toBe(201)
    expect(await message(lease('kube-node-lease', 'n2'))).toEqual(
      refused(
        'leases.coordination.k8s.io "n2"',
        'can only access node lease with the same name as the requesting node',
      ),
    )
  })

  it('has a CSINode of its name', async () => {
    const csiNode = (name: string) =>
      node('POST', '/apis/storage.k8s.io/v1/csinodes', { metadata: { name }, spec: { drivers: [] } })
    expect((await csiNode('n1')).status).toBe(201)
    expect(await message(csiNode('n2'))).toEqual(
      refused('csinodes.storage.k8s.io "n2"', 'can only access CSINode with the same name as the requesting node'),
    )
  })

  it('shows its own devices', async () => {
    const slice = (name: string, nodeName: string) =>
      node('POST', '/apis/resource.k8s.io/v1/resourceslices', {
        metadata: { name },
        spec: { nodeName, driver: 'd.example.com', pool: { name: 'p', generation: 1, resourceSliceCount: 1 } },
      })
    expect((await slice('s1', 'n1')).status).toBe(201)
    expect(await message(slice('s2', 'n2'))).toEqual(
      refused(
        'resourceslices.resource.k8s.io "s2"',
        'can only create ResourceSlice with the same NodeName as the requesting node',
      ),
    )
  })

  it('gets tokens for audiences that its pods name, while they run there', async () => {
    await admin('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'web' } })
    const volume = { name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] } }
    const spec = { nodeName: 'n1', serviceAccountName: 'web', volumes: [volume] }
    const { json } = await admin('POST', pods, pod('speaks', spec))
    const token = (audiences: string[], bound?: object) =>
      node('POST', '/api/v1/namespaces/default/serviceaccounts/web/token', {
        spec: { audiences, boundObjectRef: bound && { apiVersion: 'v1', kind: 'Pod', ...bound } },
      })
    const own = { name: 'speaks', uid: json.metadata.uid }
    const named = 'serviceaccounts "web"'
    // past admission: this server has no key
    expect((await token(['vault'], own)).json.message).toContain('no signing key')
    expect(await message(token(['bank'], own))).toEqual(
      refused(
        named,
        'audience "bank" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
      ),
    )
    expect(await message(token(['vault', 'bank'], own))).toEqual(
      refused(named, 'node may only request 0 or 1 audiences'),
    )
    expect(await message(token(['vault']))).toEqual(refused(named, 'node requested token not bound to a pod'))
    expect(await message(token(['vault'], { name: 'speaks' }))).toEqual(
      refused(named, 'node requested token with a pod binding without a uid'),
    )
    expect(await message(token(['vault'], { name: 'on-n2', uid: uids['on-n2'] }))).toEqual(
      refused(named, 'node requested token bound to a pod scheduled on a different node'),
    )
  })

  it('touches nothing of a claim but its size', async () => {
    const claims = '/api/v1/namespaces/default/persistentvolumeclaims'
    const made = await admin('POST', claims, {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName: 'pv' },
    })
    expect(made.status).toBe(201)
    await admin('POST', pods, {
      ...pod('stores', { nodeName: 'n1', volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] }),
    })
    const status = (body: object) => node('PATCH', `${claims}/data/status`, body, merge)
    expect((await status({ status: { capacity: { storage: '1Gi' } } })).status).toBe(200)
    const { status: code, json } = await status({ status: { phase: 'Bound' } })
    expect([code, json.message]).toEqual([
      403,
      expect.stringContaining(
        'node "n1" is not allowed to update fields other than status.quantity and status.conditions: @@',
      ),
    ])
  })
})

it('leaves everybody else alone', async () => {
  const body = { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }
  expect((await admin('PATCH', '/api/v1/nodes/n2', body, merge)).status).toBe(200)
})
