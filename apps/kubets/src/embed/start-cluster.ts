import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startApiServer } from '@kubets/api-server'
import { builtinCatalogue } from '@kubets/api-types'
import { createClient } from '@kubets/client'
import { createLogger, type Logger, running, silentLogger } from '@kubets/component'
import { createFakeRuntime } from '@kubets/cri'
import { startKubeletAgent } from '@kubets/kubelet-agent'
import { type ClusterPki, kubeconfig, openClusterPki } from '@kubets/pki'
import { defaultConfiguration, startScheduler } from '@kubets/scheduler'
import { openEmbeddedStore } from '@kubets/storage'
import type { EmbeddedCluster, StartClusterOptions } from './cluster-types.ts'

/** Everything on loopback: suites need no root and open nothing to the network. */
const host = '127.0.0.1'

/**
 * Starts a whole cluster inside this process: the same api-server, scheduler and kubelets that run as services, over the
 * embedded store and the fake runtime. Resolves when all nodes have registered.
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<EmbeddedCluster> {
  await using undo = new AsyncDisposableStack()
  const directory = await openDirectory(options.directory, undo)
  const logger = (component: string): Logger =>
    options.logs ? createLogger({ component, destination: options.logs as NodeJS.WritableStream }) : silentLogger()

  const pki = await openClusterPki(join(directory, 'pki'))
  const [serving, kubeletClient, admin] = await Promise.all([
    pki.issue('apiserver', {
      commonName: 'kube-apiserver',
      dnsNames: ['localhost'],
      ipAddresses: [host],
      usages: ['server'],
    }),
    pki.issue('apiserver-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
    pki.issue('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] }),
  ])
  const ca = pki.authority.cert

  const store = undo.use(await openEmbeddedStore({ directory: join(directory, 'store') }))
  const apiServer = await startApiServer({
    bindAddress: host,
    port: options.port ?? 0,
    tls: serving,
    clientCa: ca,
    kubeletClient: { ...kubeletClient, ca },
    store,
    catalogue: builtinCatalogue,
    logger: logger('api-server'),
  })
  undo.defer(() => apiServer.stop())
  const clientOf = async (user: string, organizations: readonly string[] = []) => {
    const pair = await pki.issue(user.replaceAll(':', '-'), { commonName: user, organizations, usages: ['client'] })
    return undo.use(createClient({ server: apiServer.url, ca, ...pair }))
  }

  const schedulerClient = await clientOf('system:kube-scheduler')
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

  const names = Array.from({ length: options.nodes ?? 1 }, (_, i) => `node-${i + 1}`)
  await Promise.all(
    names.map(async (name, i) => {
      const kubelet = await startNode({
        name,
        index: i,
        directory,
        pki,
        client: await clientOf(`system:node:${name}`, ['system:nodes']),
        logger: logger(`kubelet-agent@${name}`),
      })
      undo.defer(() => kubelet.stop())
    }),
  )

  const text = kubeconfig({ server: apiServer.url, ca, user: { name: 'kubernetes-admin', ...admin } })
  const kubeconfigPath = join(directory, 'kubeconfig')
  await writeFile(kubeconfigPath, text, { mode: 0o600 })
  const cluster = running(undo.move())
  return {
    url: apiServer.url,
    kubeconfig: text,
    kubeconfigPath,
    credentials: { ca, cert: admin.cert, key: admin.key },
    stop: () => cluster.stop(),
    [Symbol.asyncDispose]: () => cluster.stop(),
  }
}

async function openDirectory(wanted: string | undefined, undo: AsyncDisposableStack): Promise<string> {
  if (wanted !== undefined) {
    await mkdir(resolve(wanted), { recursive: true })
    return resolve(wanted)
  }
  const directory = await mkdtemp(join(tmpdir(), 'kubets-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  return directory
}
