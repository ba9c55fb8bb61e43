import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigMap, Event, Secret } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { RpcError, rpcCode } from '@kubets/cri'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestNode, testNode } from './test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node[Symbol.asyncDispose]())

const poll = <T>(look: () => Promise<T> | T) => expect.poll(look, { timeout: 10_000, interval: 20 })
const metadata = (name: string) => ({ name, namespace: 'default' })
const configMap = (name: string, data: Record<string, string>) =>
  node.client.create<ConfigMap>(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(name),
    data,
  } as ConfigMap)
const waiting = async (name: string) => (await node.pod(name)).status?.containerStatuses?.[0]?.state?.waiting
const phase = async (name: string) => (await node.pod(name)).status?.phase
const messages = async (name: string) =>
  (await node.client.list<Event>(resources.events)).items
    .filter(e => e.involvedObject.name === name)
    .map(e => `${e.reason}: ${e.message}`)
const container = { name: 'c', image: 'busybox:1.36' }

/** What the container was made of, as the runtime was told. */
async function asked(): Promise<{ env: Record<string, string>; command: string[]; mounts: Record<string, string> }> {
  const call = created.at(-1)
  return {
    env: Object.fromEntries((call?.config?.envs ?? []).map(({ key, value }) => [key, value])),
    command: call?.config?.command ?? [],
    mounts: Object.fromEntries((call?.config?.mounts ?? []).map(m => [m.containerPath, m.hostPath])),
  }
}
type CreateRequest = Parameters<TestNode['runtime']['createContainer']>[0]
let created: CreateRequest[] = []
async function recordingNode() {
  await node[Symbol.asyncDispose]()
  created = []
  node = await testNode({}, runtime => {
    const { createContainer } = runtime
    return {
      ...runtime,
      createContainer(request, context) {
        created.push(request)
        return createContainer(request, context)
      },
    }
  })
}

test('variables come from values, fields, resources, ConfigMaps and Secrets, and expand in commands', async () => {
  await recordingNode()
  await configMap('cm', { color: 'blue', size: 'L' })
  await node.client.create<Secret>(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata('s'),
    data: { pw: 'c2VjcmV0' },
  } as unknown as Secret)
  await node.createPod('env', {
    containers: [
      {
        ...container,
        command: ['run', '$(GREETING)', '$$(GREETING)', '$(UNKNOWN)'],
        envFrom: [{ prefix: 'CM_', configMapRef: { name: 'cm' } }],
        resources: { limits: { memory: '64Mi', cpu: '250m' } },
        env: [
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          { name: 'PW', valueFrom: { secretKeyRef: { name: 's', key: 'pw' } } },
          { name: 'GREETING', value: 'hello-$(NAME)-$(CM_color)' },
          { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'cm', key: 'none', optional: true } } },
        ],
      },
    ],
  })
  await poll(() => phase('env')).toBe('Running')
  const { env, command } = await asked()
  expect(env).toMatchObject({
    CM_color: 'blue',
    CM_size: 'L',
    NAME: 'env',
    IP: '10.244.7.2',
    CPU: '1',
    MEMORY: '64',
    PW: 'secret',
    GREETING: 'hello-env-blue',
    KUBERNETES_SERVICE_HOST: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
    KUBERNETES_SERVICE_PORT: '443',
  })
  expect(env).not.toHaveProperty('NONE')
  expect(command).toEqual(['run', 'hello-env-blue', '$(GREETING)', '$(UNKNOWN)'])
})

test('a container that lacks its ConfigMap says so, and starts when it is there', async () => {
  await node.createPod('later', { containers: [{ ...container, envFrom: [{ configMapRef: { name: 'late' } }] }] })
  await poll(() => waiting('later')).toEqual({
    reason: 'CreateContainerConfigError',
    message: 'configmap "late" not found',
  })
  await poll(() => messages('later')).toContain('Failed: Error: configmap "late" not found')
  await configMap('late', { a: '1' })
  await poll(() => phase('later')).toBe('Running')
})

test('volumes show ConfigMaps and labels, and follow their changes', async () => {
  await recordingNode()
  await configMap('cm', { 'app.conf': 'one' })
  await node.createPod(
    'volumes',
    {
      volumes: [
        {
          name: 'all',
          projected: {
            sources: [
              { configMap: { name: 'cm' } },
              { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
            ],
          },
        },
        { name: 'scratch', emptyDir: {} },
      ],
      containers: [
        {
          ...container,
          volumeMounts: [
            { name: 'all', mountPath: '/all' },
            { name: 'scratch', mountPath: '/s', subPath: 'a/b' },
          ],
        },
      ],
    },
    { labels: { app: 'x' } },
  )
  await poll(() => phase('volumes')).toBe('Running')
  const { mounts } = await asked()
  const file = (name: string) => readFile(join(mounts['/all'] ?? '', name), 'utf8')
  expect(await file('app.conf')).toBe('one')
  expect(await file('labels')).toBe('app="x"')
  expect(mounts['/s']).toMatch(/volumes\/kubernetes\.io~empty-dir\/scratch\/a\/b$/)
  expect(await readFile(mounts['/etc/hosts'] ?? '', 'utf8')).toContain('10.244.7.2\tvolumes\n')
  await node.client.patch(resources.configMaps, metadata('cm'), 'merge', { data: { 'app.conf': 'two' } })
  await poll(() => file('app.conf')).toBe('two')
  await node.client.patch(resources.pods, metadata('volumes'), 'merge', { metadata: { labels: { app: 'y' } } })
  await poll(() => file('labels')).toBe('app="y"')
})

test('a volume that cannot be made is told and tried again', async () => {
  await node.createPod('mount', {
    volumes: [{ name: 'v', secret: { secretName: 'soon' } }],
    containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
  })
  await poll(() => messages('mount')).toContain(
    'FailedMount: MountVolume.SetUp failed for volume "v" : secret "soon" not found',
  )
  expect(await waiting('mount')).toEqual({ reason: 'ContainerCreating' })
  await node.client.create<Secret>(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata('soon'),
    data: {},
  } as unknown as Secret)
  await poll(() => phase('mount')).toBe('Running')
})

test('an image that must not be pulled and is not there keeps the container waiting', async () => {
  await node.createPod('never', { containers: [{ ...container, imagePullPolicy: 'Never' }] })
  await poll(() => waiting('never')).toEqual({
    reason: 'ErrImageNeverPull',
    message: 'Container image "busybox:1.36" is not present with pull policy of Never',
  })
})

test('runAsNonRoot refuses an image that names no user', async () => {
  await node.createPod('root', { securityContext: { runAsNonRoot: true }, containers: [container] })
  await poll(() => waiting('root')).toEqual({
    reason: 'CreateContainerConfigError',
    message: expect.stringMatching(/^container has runAsNonRoot and image will run as root \(pod: "root_default\(/),
  })
})

test('a pull that fails shows its error, then the back-off', async () => {
  await node[Symbol.asyncDispose]()
  node = await testNode({}, runtime => ({
    ...runtime,
    pullImage: () => Promise.reject(new RpcError(rpcCode.notFound, 'no such image')),
  }))
  await node.createPod('pull', { containers: [container] })
  await poll(() => waiting('pull')).toEqual({ reason: 'ErrImagePull', message: 'no such image' })
  await poll(() => waiting('pull')).toEqual({
    reason: 'ImagePullBackOff',
    message: 'Back-off pulling image "busybox:1.36": ErrImagePull: no such image',
  })
  await poll(() => messages('pull')).toEqual(
    expect.arrayContaining([
      'Pulling: Pulling image "busybox:1.36"',
      'Failed: Failed to pull image "busybox:1.36": no such image',
      'Failed: Error: ErrImagePull',
      'BackOff: Back-off pulling image "busybox:1.36"',
    ]),
  )
})

test('a sandbox that cannot be made is told and tried again', async () => {
  let failures = 2
  await node[Symbol.asyncDispose]()
  node = await testNode({}, runtime => {
    const { runPodSandbox } = runtime
    return {
      ...runtime,
      runPodSandbox: (request, context) =>
        failures-- > 0 ? Promise.reject(new RpcError(rpcCode.unknown, 'no network')) : runPodSandbox(request, context),
    }
  })
  await node.createPod('sandbox', { containers: [container] })
  await poll(() => messages('sandbox')).toContain(
    'FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = no network',
  )
  await poll(() => phase('sandbox')).toBe('Running')
})

test('a runtime that sends no events is listed instead', async () => {
  await node[Symbol.asyncDispose]()
  node = await testNode({ relistPeriod: 50 }, runtime => ({
    ...runtime,
    // biome-ignore lint/correctness/useYield: it fails before the first event, as containerd 1.6 does
    async *getContainerEvents() {
      throw new RpcError(rpcCode.unimplemented, 'unknown method GetContainerEvents')
    },
  }))
  await node.createPod(
    'listed',
    { restartPolicy: 'Never', containers: [container] },
    { annotations: { 'kubets.dev/fake-exit-after': '200ms' } },
  )
  await poll(() => phase('listed')).toBe('Succeeded')
})
