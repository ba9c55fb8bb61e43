import { PassThrough } from 'node:stream'
import {
  type ApiException,
  AppsV1Api,
  AuthenticationV1Api,
  AuthorizationV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Deployment,
  type V1Pod,
  VersionApi,
  Watch,
} from '@kubernetes/client-node'
import { kubeconfig } from '@kubets/pki'
import { type EmbeddedCluster, startCluster } from 'kubets'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startControlPlane } from '../integration/control-plane.ts'

// The client that Node programs use, by the kubeconfig of the cluster: its own TLS, its own types.

const namespace = 'default'
let cluster: EmbeddedCluster
let config: KubeConfig
let core: CoreV1Api
let apps: AppsV1Api
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 })
  config = new KubeConfig()
  config.loadFromFile(cluster.kubeconfigPath)
  core = config.makeApiClient(CoreV1Api)
  apps = config.makeApiClient(AppsV1Api)
})
afterAll(() => cluster?.stop())

const deployment = (name: string, replicas: number): V1Deployment => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'busybox:1.35' }] },
    },
  },
})

/** An informer over what `list` gives, and what it told, in order. */
function follow<T extends V1ConfigMap | V1Pod | V1Deployment>(
  path: string,
  list: () => Promise<{ items: T[] }>,
  selector?: string,
  of = config,
) {
  const told: string[] = []
  const lists = { count: 0 }
  const counted = () => {
    lists.count++
    return list()
  }
  const informer = makeInformer<T>(of, path, counted as never, selector)
  for (const [verb, sign] of [
    ['add', '+'],
    ['update', '~'],
    ['delete', '-'],
  ] as const)
    informer.on(verb, object => void told.push(`${sign}${object.metadata?.name}`))
  informer.on('error', error => void told.push(`error ${error}`))
  onTestFinished(() => informer.stop())
  return { informer, told, lists }
}

test('creates, reads, patches in every way, replaces and deletes', async () => {
  const name = 'crud'
  const created = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { a: '1' } } })
  expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date)
  const patched = (type: PatchStrategy, body: unknown) =>
    core.patchNamespacedConfigMap(
      {
        namespace,
        name,
        body,
        ...(type === PatchStrategy.ServerSideApply ? { fieldManager: 'node', force: true } : {}),
      },
      setHeaderOptions('Content-Type', type),
    )
  expect((await patched(PatchStrategy.MergePatch, { data: { b: '2' } })).data).toEqual({ a: '1', b: '2' })
  expect((await patched(PatchStrategy.StrategicMergePatch, { data: { a: null } })).data).toEqual({ b: '2' })
  expect((await patched(PatchStrategy.JsonPatch, [{ op: 'move', from: '/data/b', path: '/data/c' }])).data).toEqual({
    c: '2',
  })
  const applied = await patched(PatchStrategy.ServerSideApply, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { d: '3' },
  })
  expect(applied.data).toEqual({ c: '2', d: '3' })
  expect(applied.metadata?.managedFields?.map(({ operation }) => operation).sort()).toEqual(['Apply', 'Update'])

  await core.replaceNamespacedConfigMap({ namespace, name, body: { ...applied, data: { e: '4' } } })
  const stale = core.replaceNamespacedConfigMap({ namespace, name, body: applied })
  await expect(stale).rejects.toMatchObject({ code: 409 })
  expect(await core.deleteNamespacedConfigMap({ namespace, name })).toMatchObject({ status: 'Success' })
  const gone = core.readNamespacedConfigMap({ namespace, name })
  await expect(gone).rejects.toMatchObject({ code: 404, body: expect.stringContaining('not found') })
})

test('an informer tells of Deployments until they are gone, one over their pods too', async () => {
  const deployments = follow('/apis/apps/v1/namespaces/default/deployments', () =>
    apps.listNamespacedDeployment({ namespace }),
  )
  const labelSelector = 'app=web'
  const pods = follow(
    '/api/v1/namespaces/default/pods',
    () => core.listNamespacedPod({ namespace, labelSelector }),
    labelSelector,
  )
  await Promise.all([deployments.informer.start(), pods.informer.start()])
  await apps.createNamespacedDeployment({ namespace, body: deployment('web', 2) })
  await expect.poll(() => deployments.informer.get('web', namespace)?.status?.availableReplicas).toBe(2)
  expect(deployments.told[0]).toBe('+web')
  await expect.poll(() => pods.informer.list(namespace).filter(pod => pod.status?.phase === 'Running').length).toBe(2)

  const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' })
  expect(scale.status).toMatchObject({ replicas: 2, selector: 'app=web' })
  await apps.replaceNamespacedDeploymentScale({ namespace, name: 'web', body: { ...scale, spec: { replicas: 1 } } })
  await expect.poll(() => pods.informer.list(namespace).length).toBe(1)

  await apps.deleteNamespacedDeployment({ namespace, name: 'web', propagationPolicy: 'Foreground' })
  await expect.poll(() => deployments.told.at(-1)).toBe('-web')
  expect(pods.informer.list(namespace)).toEqual([])
  expect(pods.told.filter(line => line.startsWith('-'))).toHaveLength(2)
})

test('an informer goes on where its watch ended', async () => {
  const { informer, told, lists } = follow('/api/v1/namespaces/default/configmaps?timeoutSeconds=1', () =>
    core.listNamespacedConfigMap({ namespace }),
  )
  let connects = 0
  informer.on('connect', () => void connects++)
  await informer.start()
  await expect.poll(() => connects).toBeGreaterThan(1)
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'between' } } })
  await expect.poll(() => told).toContain('+between')
  await core.deleteNamespacedConfigMap({ namespace, name: 'between' })
  await expect.poll(() => told.at(-1)).toBe('-between')
  expect(lists.count).toBe(1)
})

test('an informer lists again when its version is too old', async () => {
  const plane = await startControlPlane()
  onTestFinished(() => plane[Symbol.asyncDispose]())
  const { server, ca = '', cert = '', key = '' } = plane.config
  const other = new KubeConfig()
  other.loadFromString(kubeconfig({ server, ca, user: { name: 'admin', cert, key } }))
  const api = other.makeApiClient(CoreV1Api)
  await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'old' } } })
  // a new server knows no events of before its start
  await plane.down()
  await plane.up()
  let first = true
  const list = async () => {
    const page = await api.listNamespacedConfigMap({ namespace })
    if (first && page.metadata !== undefined) page.metadata.resourceVersion = '1'
    first = false
    return page
  }
  const { informer, told, lists } = follow('/api/v1/namespaces/default/configmaps', list, undefined, other)
  await informer.start()
  await expect.poll(() => lists.count).toBe(2)
  await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'new' } } })
  await expect.poll(() => told).toEqual(['+old', '+new'])
})

test('a watch by hand has bookmarks, and ends when it is aborted', async () => {
  const seen: string[] = []
  const ended = Promise.withResolvers<unknown>()
  const request = await new Watch(config).watch(
    '/api/v1/namespaces',
    { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true },
    (type, object: V1ConfigMap) =>
      seen.push(
        type === 'BOOKMARK' ? JSON.stringify(object.metadata?.annotations) : `${type} ${object.metadata?.name}`,
      ),
    ended.resolve,
  )
  await expect.poll(() => seen.at(-1)).toBe('{"k8s.io/initial-events-end":"true"}')
  expect(seen).toContain('ADDED kube-system')
  request.abort()
  expect(await ended.promise).toMatchObject({ name: 'AbortError' })
})

test('objects of any kind, by discovery', async () => {
  const objects = KubernetesObjectApi.makeApiClient(config)
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once', namespace },
    spec: {
      template: {
        metadata: { annotations: { 'kubets.dev/fake-exit-code': '0' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.35' }] },
      },
    },
  }
  await objects.create(job)
  const batch = config.makeApiClient(BatchV1Api)
  await expect.poll(async () => (await batch.readNamespacedJob({ namespace, name: 'once' })).status?.succeeded).toBe(1)
  const { items } = await objects.list('batch/v1', 'Job', namespace)
  expect(items.map(item => item.metadata?.name)).toEqual(['once'])
  await objects.delete(job)
  // a Job leaves its pods by default: the garbage collector lets them go first
  await expect.poll(() => objects.read(job).catch((error: ApiException<unknown>) => error.code)).toBe(404)
})

test('knows who it is, what it may, and the server', async () => {
  const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} })
  expect(review.status?.userInfo).toMatchObject({ username: 'kubernetes-admin' })
  const access = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
    body: { spec: { resourceAttributes: { verb: 'create', resource: 'pods', namespace } } },
  })
  expect(access.status?.allowed).toBe(true)
  expect(await config.makeApiClient(VersionApi).getCode()).toMatchObject({ major: '1', minor: '36' })
  const leases = await config.makeApiClient(CoordinationV1Api).listNamespacedLease({ namespace: 'kube-node-lease' })
  // with microseconds, which this client leaves as text
  expect(String(leases.items[0]?.spec?.renewTime)).toMatch(/\.\d{6}Z$/)
})

test('another authority, or none, is refused', async () => {
  const stranger = new KubeConfig()
  stranger.loadFromString(cluster.kubeconfig)
  const [known] = stranger.clusters
  stranger.clusters = [{ name: known?.name ?? '', server: cluster.url, skipTLSVerify: false }]
  const refused = stranger.makeApiClient(CoreV1Api).listNamespace()
  await expect(refused).rejects.toThrow()
  stranger.clusters = [{ ...stranger.clusters[0], name: known?.name ?? '', server: cluster.url, skipTLSVerify: true }]
  stranger.users = stranger.users.map(({ name }) => ({ name, token: 'nobody' }))
  await expect(stranger.makeApiClient(CoreV1Api).listNamespace()).rejects.toMatchObject({ code: 401 })
})

test('logs of a pod come, exec is refused by the fake runtime with its reason', async () => {
  const body: V1Pod = {
    metadata: { name: 'quiet' },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'busybox:1.35' }] },
  }
  await core.createNamespacedPod({ namespace, body })
  await expect
    .poll(async () => (await core.readNamespacedPodStatus({ namespace, name: 'quiet' })).status?.phase)
    .toBe('Running')
  const log = await core.readNamespacedPodLog({ namespace, name: 'quiet' })
  expect(log).toBe('container main of the fake runtime: no process runs\n')
  const exec = new Exec(config).exec(namespace, 'quiet', 'main', ['true'], new PassThrough(), null, null, false)
  await expect(exec).rejects.toMatchObject({ message: 'Unexpected server response: 500' })
  await core.deleteNamespacedPod({ namespace, name: 'quiet' })
})
