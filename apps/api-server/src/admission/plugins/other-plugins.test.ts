import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'
import { offByDefault } from '../plugin-names.ts'

const inDefault = '/api/v1/namespaces/default'
const merge = { 'content-type': 'application/merge-patch+json' }

let api: TestApiServer
let strict: TestApiServer
beforeAll(async () => {
  const enable = offByDefault.filter(name => name !== 'AlwaysDeny' && name !== 'ImagePolicyWebhook')
  ;[api, strict] = await Promise.all([
    testApiServer(),
    testApiServer({ admissionPlugins: { enable, disable: ['ServiceAccount'] } }),
  ])
})
afterAll(async () => {
  await Promise.all([api, strict].map(each => each?.[Symbol.asyncDispose]()))
})

const post = (path: string, body: object, server = api) => server.h2.request('POST', path, { body })
const patch = (path: string, body: object, server = api) => server.h2.request('PATCH', path, { body, headers: merge })
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})

describe('classes that are the default', () => {
  const storageClass = (name: string, more: object = {}, isDefault = true) =>
    post('/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
      provisioner: 'example.com/disk',
      ...more,
    })
  const claim = (name: string, spec: object = {}, annotations?: object) =>
    post(`${inDefault}/persistentvolumeclaims`, {
      metadata: { name, annotations },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    })

  it('are given to claims without one, the first by name of the newest', async () => {
    expect((await claim('before')).json.spec.storageClassName).toBeUndefined()
    await storageClass('no', {}, false)
    await storageClass('slow')
    await storageClass('fast')
    const { json } = await claim('after')
    const made = (name: string) =>
      api.h2.request('GET', `/apis/storage.k8s.io/v1/storageclasses/${name}`).then(r => r.json.metadata)
    const [slow, fast] = await Promise.all([made('slow'), made('fast')])
    expect(json.spec.storageClassName).toBe(slow.creationTimestamp > fast.creationTimestamp ? 'slow' : 'fast')
    expect((await claim('none', { storageClassName: '' })).json.spec.storageClassName).toBe('')
    const old = await claim('old', {}, { 'volume.beta.kubernetes.io/storage-class': 'x' })
    expect(old.json.spec.storageClassName).toBeUndefined()
  })

  it('are given to ingresses without one', async () => {
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
    const made = await post('/apis/networking.k8s.io/v1/ingressclasses', {
      metadata: { name: 'front', annotations },
      spec: { controller: 'example.com/front' },
    })
    expect(made.status).toBe(201)
    const ingress = (name: string, own?: object) =>
      post('/apis/networking.k8s.io/v1/namespaces/default/ingresses', {
        metadata: { name, annotations: own },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      })
    expect((await ingress('a')).json.spec.ingressClassName).toBe('front')
    expect((await ingress('b', { 'kubernetes.io/ingress.class': 'x' })).json.spec.ingressClassName).toBeUndefined()
  })

  it('decide whether a bound claim may grow', async () => {
    await storageClass('growing', { allowVolumeExpansion: true }, false)
    const path = (name: string) => `${inDefault}/persistentvolumeclaims/${name}`
    const grow = (name: string) => patch(path(name), { spec: { resources: { requests: { storage: '2Gi' } } } })
    const bind = (name: string) => patch(`${path(name)}/status`, { status: { phase: 'Bound' } })
    await claim('g1', { storageClassName: 'growing' })
    await claim('g2', { storageClassName: 'slow' })
    for (const name of ['g1', 'g2']) expect((await bind(name)).status).toBe(200)
    expect((await grow('g1')).status).toBe(200)
    const fixed = await grow('g2')
    expect([fixed.status, fixed.json.message]).toEqual([
      403,
      'persistentvolumeclaims "g2" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    ])
  })
})

describe('nodes that take no pods yet', () => {
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }
  it.each([
    ['new', undefined, [notReady]],
    ['tainted', [{ key: 'a', effect: 'NoExecute' }], [{ key: 'a', effect: 'NoExecute' }, notReady]],
    ['marked', [{ ...notReady, value: 'x' }], [{ ...notReady, value: 'x' }]],
    ['elsewhere', [{ ...notReady, effect: 'NoExecute' }], [{ ...notReady, effect: 'NoExecute' }, notReady]],
  ])('%s: %j becomes %j', async (name, taints, expected) => {
    const { json } = await post('/api/v1/nodes', { metadata: { name }, spec: { taints } })
    expect(json.spec.taints).toEqual(expected)
    // only when it is made: the controller of nodes takes the taint away
    const changed = await patch(`/api/v1/nodes/${name}`, { spec: { taints: null } })
    expect(changed.json.spec.taints).toBeUndefined()
  })

  it('keep pods for as long as the flags say', async () => {
    const tolerationSeconds = { notReady: 7, unreachable: 0 }
    await using other = await testApiServer({ admissionConfiguration: { tolerationSeconds } })
    const { json } = await post(`${inDefault}/pods`, pod('short'), other)
    expect(json.spec.tolerations).toEqual([
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 7 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 },
    ])
  })
})

describe('a pod that is resized in place', () => {
  const node = (name: string, labels: object) =>
    post('/api/v1/nodes', { metadata: { name, labels }, status: { allocatable: { cpu: '2', memory: '1Gi' } } })
  const resize = (name: string, requests: object) =>
    api.h2.request('PATCH', `${inDefault}/pods/${name}/resize`, {
      body: { spec: { containers: [{ name: 'c', resources: { requests } }] } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    })
  const sized = { name: 'c', image: 'i', resources: { requests: { cpu: '1', memory: '64Mi' } } }

  it('must fit on its node, were it alone there', async () => {
    expect((await node('n1', {})).status).toBe(201)
    await post(`${inDefault}/pods`, pod('r1', { nodeName: 'n1', containers: [sized] }))
    expect((await resize('r1', { cpu: '1500m' })).status).toBe(200)
    const { status, json } = await resize('r1', { cpu: '2500m', memory: '2Gi' })
    expect([status, json.message, json.details.causes]).toEqual([
      403,
      `pods "r1" is forbidden: node didn't have enough allocatable resources: cpu, requested: 2500, allocatable: 2000; memory, requested: 2147483648, allocatable: 1073741824`,
      [{ reason: 'NodeCapacity' }],
    ])
  })

  it('asks its node only for what that has declared', async () => {
    const path = '/api/v1/nodes/plain'
    await node('plain', {})
    const spec = { nodeName: 'plain', containers: [sized], resources: { requests: { cpu: '1' } } }
    expect((await post(`${inDefault}/pods`, pod('whole', spec))).status).toBe(201)
    const resizeWhole = () =>
      api.h2.request('PATCH', `${inDefault}/pods/whole/resize`, {
        body: { spec: { resources: { requests: { cpu: '1100m' } } } },
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
      })
    const refused = await resizeWhole()
    expect([refused.status, refused.json.message]).toEqual([
      403,
      'pods "whole" is forbidden: pod update requires features InPlacePodLevelResourcesVerticalScaling which are not available on node "plain"',
    ])
    const declaredFeatures = ['InPlacePodLevelResourcesVerticalScaling']
    await api.h2.request('PATCH', `${path}/status`, { body: { status: { declaredFeatures } }, headers: merge })
    expect((await resizeWhole()).status).toBe(200)
  })

  it('must run on Linux, on a node that is there', async () => {
    await node('w1', { 'kubernetes.io/os': 'windows' })
    for (const nodeName of ['w1', 'gone']) {
      await post(`${inDefault}/pods`, pod(`on-${nodeName}`, { nodeName, containers: [sized] }))
    }
    const windows = await resize('on-w1', { cpu: '500m' })
    expect([windows.json.message, windows.json.details.causes]).toEqual([
      'pods "on-w1" is forbidden: pod resize is only supported on linux nodes, node "w1" is "windows"',
      [{ reason: 'UnsupportedPlatform' }],
    ])
    expect((await resize('on-gone', { cpu: '500m' })).json.message).toBe(
      'pods "on-gone" is forbidden: node "gone" not found',
    )
  })
})

describe('plugins that are enabled by name', () => {
  it('make the namespace of what is created, unless nothing is to be stored', async () => {
    const dry = await post('/api/v1/namespaces/dry/configmaps?dryRun=All', { metadata: { name: 'c' } }, strict)
    expect(dry.status).toBe(404)
    const { status } = await post('/api/v1/namespaces/fresh/configmaps', { metadata: { name: 'c' } }, strict)
    expect(status).toBe(201)
    expect((await strict.h2.request('GET', '/api/v1/namespaces/fresh')).json.spec.finalizers).toEqual(['kubernetes'])
  })

  it('pull every image at every start', async () => {
    const spec = {
      initContainers: [{ name: 'b', image: 'i:1', imagePullPolicy: 'Never' }],
      volumes: [{ name: 'v', image: { reference: 'x', pullPolicy: 'IfNotPresent' } }],
    }
    const { json } = await post(`${inDefault}/pods`, pod('pulls', spec), strict)
    expect([
      json.spec.initContainers[0].imagePullPolicy,
      json.spec.containers[0].imagePullPolicy,
      json.spec.volumes[0].image.pullPolicy,
    ]).toEqual(['Always', 'Always', 'Always'])
  })

  it('keep pods from keeping others off more than a node', async () => {
    const against = (topologyKey: string) => ({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { a: 'b' } } }],
        },
      },
    })
    expect((await post(`${inDefault}/pods`, pod('lone', against('kubernetes.io/hostname')), strict)).status).toBe(201)
    const { status, json } = await post(`${inDefault}/pods`, pod('greedy', against('zone')), strict)
    expect([status, json.message]).toEqual([
      403,
      'pods "greedy" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
    ])
  })

  it('let pods with special resources onto the nodes that are kept for them', async () => {
    const asking = (names: string[]) => ({
      containers: [
        { name: 'c', image: 'i', resources: { limits: Object.fromEntries(names.map(name => [name, '1'])) } },
      ],
    })
    const names = ['example.com/gpu', 'cpu', 'example.com/fpga']
    const { json } = await post(`${inDefault}/pods`, pod('device', asking(names)), strict)
    const own = json.spec.tolerations.filter((t: { key: string }) => t.key.startsWith('example.com/'))
    expect(own).toEqual([
      { key: 'example.com/fpga', operator: 'Exists', effect: 'NoSchedule' },
      { key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ])
  })

  it('let no external address come to a Service', async () => {
    const service = (name: string, externalIPs?: string[]) => ({
      metadata: { name },
      spec: { ports: [{ port: 80 }], externalIPs },
    })
    const { status, json } = await post(`${inDefault}/services`, service('open', ['192.0.2.1']), strict)
    expect([status, json.message]).toEqual([
      403,
      'services "open" is forbidden: Use of external IPs is denied by admission control',
    ])
    expect((await post(`${inDefault}/services`, service('closed'), strict)).status).toBe(201)
  })

  it('write nothing where the namespace is missing, whatever the verb', async () => {
    const { status, json } = await strict.h2.request('PUT', '/api/v1/namespaces/never/configmaps/c?dryRun=All', {
      body: { metadata: { name: 'c' } },
    })
    expect([status, json.message]).toEqual([404, 'configmaps "c" not found'])
  })

  it('refuse everything, and say so', async () => {
    await using closed = await testApiServer({ admissionPlugins: { enable: ['AlwaysDeny'] } })
    const { status, json } = await post(`${inDefault}/configmaps`, { metadata: { name: 'c' } }, closed)
    expect([status, json.message]).toEqual([
      403,
      'configmaps "c" is forbidden: admission control is denying all modifications',
    ])
  })
})
