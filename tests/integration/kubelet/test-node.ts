import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiServer } from '@kubets/api-server'
import type { Pod } from '@kubets/api-types'
import { type Client, createClient, resources } from '@kubets/client'
import { type CriClient, connectInProcess, createFakeRuntime, type FakeRuntime } from '@kubets/cri'
import { type KubeletAgent, type KubeletAgentOptions, startKubeletAgent } from '@kubets/kubelet-agent'
import { createCertificateAuthority, createSigningKey, issueCertificate, type KeyPair } from '@kubets/pki'
import { openEmbeddedStore } from '@kubets/storage'

/** An api-server over an embedded store and one kubelet on the fake runtime. */
export interface TestNode extends AsyncDisposable {
  readonly client: Client
  readonly cri: CriClient
  readonly runtime: FakeRuntime
  readonly directory: string
  readonly authority: KeyPair
  kubelet: KubeletAgent
  /** Ends the kubelet and starts another one over the same folders and runtime. */
  restartKubelet(): Promise<void>
  pod(name: string): Promise<Pod>
  createPod(name: string, spec: object, metadata?: object): Promise<Pod>
}

let made: Promise<{ authority: KeyPair; serving: KeyPair; admin: KeyPair; node: KeyPair }> | undefined
function certificates() {
  made ??= (async () => {
    const authority = await createCertificateAuthority('kubernetes')
    const [serving, admin, node] = await Promise.all([
      issueCertificate(authority, { commonName: 'kube-apiserver', ipAddresses: ['127.0.0.1'], usages: ['server'] }),
      issueCertificate(authority, { commonName: 'admin', organizations: ['system:masters'], usages: ['client'] }),
      issueCertificate(authority, {
        commonName: 'system:node:node-1',
        organizations: ['system:nodes'],
        usages: ['client'],
      }),
    ])
    return { authority, serving, admin, node }
  })()
  return made
}

/** `wrap` puts itself between the kubelet and the runtime. */
export async function testNode(
  options: Partial<KubeletAgentOptions> = {},
  wrap: (runtime: FakeRuntime) => FakeRuntime = runtime => runtime,
): Promise<TestNode> {
  await using undo = new AsyncDisposableStack()
  const { authority, serving, admin, node } = await certificates()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-kubelet-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const store = await openEmbeddedStore({ directory: join(directory, 'store') })
  undo.defer(() => store.close())
  const server = await startApiServer({
    // nobody makes service accounts here
    admissionPlugins: { disable: ['ServiceAccount'] },
    bindAddress: '127.0.0.1',
    port: 0,
    tls: serving,
    clientCa: authority.cert,
    authorization: ['Node', 'RBAC'],
    serviceAccounts: {
      issuers: ['https://kubernetes.default.svc.cluster.local'],
      signingKey: (await createSigningKey()).key,
    },
    store,
  })
  undo.defer(() => server.stop())
  const client = undo.use(createClient({ server: server.url, ca: authority.cert, ...admin }))
  const kubeletClient = undo.use(createClient({ server: server.url, ca: authority.cert, ...node }))
  const runtime = undo.use(await createFakeRuntime({ podCidr: '10.244.7.0/24' }))
  const cri = undo.use(await connectInProcess(wrap(runtime)))
  const start = () =>
    startKubeletAgent({
      client: kubeletClient,
      runtime: cri,
      nodeName: 'node-1',
      nodeIp: '127.0.0.1',
      address: '127.0.0.1',
      port: 0,
      tls: serving,
      clientCa: authority.cert,
      rootDir: join(directory, 'kubelet'),
      podLogsDir: join(directory, 'pods'),
      podCidr: '10.244.7.0/24',
      resolvConf: '',
      ...options,
    })
  let kubelet = await start()
  undo.defer(() => kubelet.stop())
  const stack = undo.move()
  const test: TestNode = {
    client,
    cri,
    runtime,
    directory,
    authority,
    kubelet,
    async restartKubelet() {
      await kubelet.stop()
      kubelet = await start()
      test.kubelet = kubelet
    },
    pod: name => client.get<Pod>(resources.pods, { namespace: 'default', name }),
    createPod: (name, spec, metadata = {}) =>
      client.create<Pod>(resources.pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', ...metadata },
        spec: { nodeName: 'node-1', ...spec },
      } as Pod),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  return test
}

export const web = { containers: [{ name: 'web', image: 'docker.io/library/busybox:1.36' }] }
