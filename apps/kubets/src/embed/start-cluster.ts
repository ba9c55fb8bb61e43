import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startApiServer } from '@kubets/api-server'
import { builtinCatalogue, type Node } from '@kubets/api-types'
import { type Client, createClient, createTokenClients, resources } from '@kubets/client'
import { createLogger, type Logger, running, silentLogger } from '@kubets/component'
import {
  defaultConfiguration as defaultControllerConfiguration,
  startControllerManager,
} from '@kubets/controller-manager'
import { connectInProcess, createFakeRuntime } from '@kubets/cri'
import { startKubeletAgent } from '@kubets/kubelet-agent'
import { type CertificateRequest, type ClusterPki, identities, kubeconfig, openClusterPki } from '@kubets/pki'
import { defaultConfiguration, startScheduler } from '@kubets/scheduler'
import { openEmbeddedStore } from '@kubets/storage'
import { allReady } from '../cluster/node-readiness.ts'
import { formatCidr, parseCidr, subnet } from '../network/index.ts'
import type { EmbeddedCluster, StartClusterOptions } from './cluster-types.ts'

const mostNodes = 4_096
/** Milliseconds that nodes may take to become Ready; far more than they need. */
const nodePatience = 60_000

/** Cut into a /24 for each node: room for so many. No process ever has one of these addresses. */
const podRange = parseCidr('10.240.0.0/12')

/** Everything on loopback: suites need no root and open nothing to the network. */
const host = '127.0.0.1'

/**
 * Starts a whole cluster inside this process: the same api-server, scheduler, controllers and kubelets that run as services, over the
 * embedded store and the fake runtime. Resolves when all nodes take pods.
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<EmbeddedCluster> {
  const count = options.nodes ?? 1
  if (!Number.isInteger(count) || count < 0 || count > mostNodes)
    throw new RangeError(`nodes must be a whole number from 0 to ${mostNodes}, not ${count}`)
  await using undo = new AsyncDisposableStack()
  const directory = await openDirectory(options.directory, undo)
  const logger = (component: string): Logger =>
    options.logs ? createLogger({ component, destination: options.logs as NodeJS.WritableStream }) : silentLogger()

  const pki = await openClusterPki(join(directory, 'pki'))
  const [serving, kubeletClient, admin] = await Promise.all([
    pki.issue('apiserver', identities.apiServer({ dnsNames: ['localhost'], ipAddresses: [host] })),
    pki.issue('apiserver-kubelet-client', { ...identities.apiServerKubeletClient, organizations: ['system:masters'] }),
    pki.issue('admin', { ...identities.admin, organizations: ['system:masters'] }),
  ])
  const ca = pki.authority.cert

  const store = undo.use(await openEmbeddedStore({ directory: join(directory, 'store') }))
  const apiServer = await startApiServer({
    bindAddress: host,
    port: options.port ?? 0,
    tls: serving,
    clientCa: ca,
    authorization: ['Node', 'RBAC'],
    admissionPlugins: { enable: ['NodeRestriction'] },
    // as clusters are usually set up: pods of the system need it, and names of nodes are in no DNS
    allowPrivileged: true,
    kubeletClient: { ...kubeletClient, ca, addressTypes: ['InternalIP', 'ExternalIP', 'Hostname'] },
    serviceAccounts: {
      issuers: ['https://kubernetes.default.svc.cluster.local'],
      signingKey: (await pki.signingKey()).key,
    },
    store,
    catalogue: builtinCatalogue,
    ...(options.runtimeConfig === undefined ? {} : { runtimeConfig: options.runtimeConfig }),
    logger: logger('api-server'),
  })
  undo.defer(() => apiServer.stop())
  const clientOf = async (identity: CertificateRequest) => {
    const pair = await pki.issue(identity.commonName.replaceAll(':', '-'), identity)
    return undo.use(createClient({ server: apiServer.url, ca, ...pair }))
  }

  const schedulerClient = await clientOf(identities.scheduler)
  const scheduler = await startScheduler({
    client: schedulerClient,
    // the only scheduler of its store: nobody to hold an election with
    configuration: {
      ...defaultConfiguration,
      leaderElection: { ...defaultConfiguration.leaderElection, leaderElect: false },
    },
    logger: logger('scheduler'),
  })
  undo.defer(() => scheduler.stop())

  const managerClient = await clientOf(identities.controllerManager)
  const manager = await startControllerManager({
    client: managerClient,
    tokens: undo.use(createTokenClients({ server: apiServer.url, ca })),
    configuration: {
      ...defaultControllerConfiguration,
      leaderElection: { ...defaultControllerConfiguration.leaderElection, leaderElect: false },
      rootCa: ca,
      // there is no second api-server whose last writes would have to be waited for
      namespaceDeletionGracePeriod: 0,
    },
    logger: logger('controller-manager'),
  })
  undo.defer(() => manager.stop())

  const names = Array.from({ length: count }, (_, i) => `node-${i + 1}`)
  // all ends are waited for: a node that started beside one that failed is undone too
  const ends = await Promise.allSettled(
    names.map(async (name, i) => {
      const client = await clientOf(identities.kubeletClient(name))
      await startNode({ name, index: i, directory, pki, client, undo, logger: logger(`kubelet-agent@${name}`) })
    }),
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  await nodesReady(managerClient, names)

  const text = kubeconfig({ server: apiServer.url, ca, user: { name: 'kubernetes-admin', ...admin } })
  const kubeconfigPath = join(directory, 'kubeconfig')
  await writeFile(kubeconfigPath, text, { mode: 0o600 })
  const cluster = running(undo.move())
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= holdingTheProcess(() => cluster.stop()))
  return {
    url: apiServer.url,
    kubeconfig: text,
    kubeconfigPath,
    credentials: { ca, cert: admin.cert, key: admin.key },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Resolves when the controllers have taken the taint of new nodes off all of them. */
async function nodesReady(client: Client, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const waiting = new Map(names.map(name => [name, 'it has not registered']))
  const watch = client.watch<Node>(resources.nodes, {
    sendInitialEvents: true,
    allowWatchBookmarks: true,
    resourceVersionMatch: 'NotOlderThan',
    signal: AbortSignal.timeout(nodePatience),
  })
  if (await allReady(watch, waiting)) return
  const reasons = [...waiting].map(([name, why]) => `${name}: ${why}`)
  throw new Error(`not all nodes became Ready within ${nodePatience / 1_000} s: ${reasons.join('; ')}`)
}

/** The cluster's own timers and idle connections hold no process; without this one it could end in the middle of `work`. */
async function holdingTheProcess(work: () => Promise<void>): Promise<void> {
  const hold = setInterval(() => undefined, 1_000)
  try {
    await work()
  } finally {
    clearInterval(hold)
  }
}

interface NodeOptions {
  name: string
  index: number
  directory: string
  pki: ClusterPki
  client: Client
  undo: AsyncDisposableStack
  logger: Logger
}

/** One kubelet on a fake runtime of its own. */
async function startNode({ name, index, directory, pki, client, undo, logger }: NodeOptions): Promise<void> {
  const podCidr = formatCidr(subnet(podRange, 24, index))
  const fake = undo.use(await createFakeRuntime({ podCidr }))
  const runtime = undo.use(await connectInProcess(fake))
  const tls = await pki.issue(
    `kubelet-${name}`,
    identities.kubeletServer(name, { dnsNames: [name], ipAddresses: [host] }),
  )
  const root = join(directory, 'nodes', name)
  const kubelet = await startKubeletAgent({
    client,
    runtime,
    nodeName: name,
    nodeIp: host,
    address: host,
    port: 0,
    tls,
    clientCa: pki.authority.cert,
    rootDir: join(root, 'kubelet'),
    podLogsDir: join(root, 'pods'),
    podCidr,
    logger,
  })
  undo.defer(() => kubelet.stop())
}

async function openDirectory(wanted: string | undefined, undo: AsyncDisposableStack): Promise<string> {
  if (wanted !== undefined) {
    await mkdir(resolve(wanted), { recursive: true })
    return resolve(wanted)
  }
  const directory = await mkdtemp(join(tmpdir(), 'kubets-'))
  undo.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }))
  return directory
}
