import { access, mkdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { type Running, running } from '@kubets/component/plain'
import { type ClusterDirectory, claim, clusterId, endProcess } from '../cluster-directory/index.ts'
import {
  cniConfig,
  createClusterNetwork,
  createNodeNamespace,
  hostLink,
  removeClusterNetwork,
  removeNodeNamespace,
  systemRunDirectory,
} from '../network/index.ts'
import { clusterFiles, lowerPrivileges, type PreparedPrivileges } from '../privileges/index.ts'
import { createSupervisor } from '../services/supervisor.ts'
import type { Progress } from '../terminal/progress.ts'
import { atMost } from './at-most.ts'
import { emptyCgroup, removeEmptyCgroup } from './cgroups.ts'
import { prepareCredentials } from './credentials.ts'
import { endLeftovers } from './leftovers.ts'
import { nodeResolvConf, startNodeDns } from './node-dns.ts'
import { beginRunRecord, keepRunRecord, readRunRecord } from './run-record.ts'
import {
  apiServerSpec,
  type ClusterLayout,
  controllerManagerSpec,
  etcdSpec,
  hasOwnEtcd,
  kubeletSpec,
  schedulerSpec,
  shimSpec,
  sockets,
} from './service-specs.ts'

/** What containers get between SIGTERM and SIGKILL when the whole cluster goes down. */
const containerGrace = 3_000

/**
 * Brings a cluster up, in this order, and keeps it up until `stop()`, which walks the same list backwards. What depends on
 * nothing runs beside the rest: the api-server starts while the nodes' namespaces are made.
 */
export async function runCluster(
  layout: ClusterLayout,
  privileges: PreparedPrivileges | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<Running> {
  const { directory, config, plan } = layout
  const real = config.runtime === 'oci' && plan.nodes.length > 0
  await claim(directory)
  await endLeftovers(directory)
  signal.throwIfAborted()
  await using undo = new AsyncDisposableStack()
  undo.defer(() => dismantle(layout))

  const self = (await directory.processes()).supervisor
  // of a cluster in this folder before it was deleted and made again
  const before = real ? await readRunRecord(plan.runDirectory) : undefined
  for (const one of Object.values(before?.processes ?? {})) if (one.pid !== process.pid) await endProcess(one, 5_000)
  if (real)
    await beginRunRecord(plan.runDirectory, { directory: directory.path, processes: self ? { supervisor: self } : {} })
  const supervisor = createSupervisor({
    logDirectory: directory.file('logs'),
    async onChange(running) {
      const processes = { ...(self ? { supervisor: self } : {}), ...running }
      if (real) await keepRunRecord(plan.runDirectory, { directory: directory.path, processes })
      await directory.record(processes)
    },
    onRestart: (name, why) =>
      progress.note(`${name} ${why}: starting it again (see ${directory.file('logs', `${name}.log`)})`),
  })

  undo.defer(() => supervisor.stop())
  // an interrupted start: services end, whoever waits for them fails, nothing more starts, and all is undone
  const interrupt = () => {
    supervisor.close(signal.reason)
    void supervisor.stop().catch(() => undefined)
  }
  signal.addEventListener('abort', interrupt, { once: true })
  undo.defer(() => signal.removeEventListener('abort', interrupt))
  undo.defer(async () => (await privileges?.view.catch(() => undefined))?.[Symbol.asyncDispose]())
  await progress.step('certificates and kubeconfig', prepareCredentials(layout))

  const controlPlane = async () => {
    const { lower, stillRoot } = await lowerPrivileges({
      prepared: privileges,
      files: clusterFiles(layout),
      kept: config.port < 1024 ? ['net_bind_service'] : [],
    })
    if (stillRoot !== undefined) progress.note(`the control plane runs as root: ${stillRoot}`)
    if (hasOwnEtcd(config)) await progress.step('etcd', supervisor.start(lower(etcdSpec(layout))))
    await progress.step(
      'api-server',
      supervisor.start(lower(apiServerSpec(layout))),
      () => `https://127.0.0.1:${config.port}`,
    )
    // neither waits for the other
    await Promise.all([
      progress.step('scheduler', supervisor.start(lower(schedulerSpec(layout)))),
      progress.step('controllers', supervisor.start(lower(controllerManagerSpec(layout)))),
    ])
  }
  const nodes = async () => {
    if (plan.nodes.length === 0) return
    if (config.runtime === 'fake') {
      await mkdir(plan.runDirectory, { recursive: true, mode: 0o700 })
      await Promise.all(plan.nodes.map(node => mkdir(node.runDirectory, { recursive: true })))
    } else if (real) {
      const { prepareImages } = await import('./node-images.ts')
      const images = prepareImages(directory)
      await progress.step('network', prepareNetwork(layout))
      const [{ startPuller }, { silentLogger }] = await Promise.all([
        import('@kubets/container-runtime-shim/host'),
        import('@kubets/component'),
      ])
      const puller = await startPuller({ socket: sockets.puller(plan), logger: silentLogger() })
      undo.defer(() => puller.stop())
      undo.use(await startNodeDns(plan))
      signal.throwIfAborted()
      for (const node of plan.nodes) await writeFile(join(node.directory, 'resolv.conf'), await nodeResolvConf(plan))
      await progress.step('nodes', Promise.all(plan.nodes.map(node => createNodeNamespace(plan, node))), () =>
        plan.nodes.map(node => `${node.name} ${node.address}`).join(', '),
      )
      await images
    }
    await progress.step(
      'container runtimes',
      // one core is left for the api-server, for which everybody waits
      atMost(availableParallelism() - 1, plan.nodes, node => supervisor.start(shimSpec(layout, node))),
    )
    if (!real) return
    const { loadImagesOnNodes } = await import('./node-images.ts')
    await progress.step('images', loadImagesOnNodes(layout), names => names.join(', '))
  }
  // containers end before their runtimes do, so that their exit codes are on record when the cluster comes back
  undo.defer(() => stopContainers(layout))
  undo.defer(() => supervisor.stop(name => name.startsWith('kubelet-agent@')))
  const [controlPlaneEnd, nodesEnd] = await Promise.allSettled([controlPlane(), nodes()])
  signal.throwIfAborted()
  for (const end of [controlPlaneEnd, nodesEnd]) if (end.status === 'rejected') throw end.reason

  if (plan.nodes.length > 0) {
    await progress.step('kubelets', Promise.all(plan.nodes.map(node => supervisor.start(kubeletSpec(layout, node)))))
    const { waitForNodes } = await import('./node-readiness.ts')
    await progress.step('nodes Ready', waitForNodes(layout, signal))
  }
  signal.throwIfAborted()
  signal.removeEventListener('abort', interrupt)
  return running(undo.move())
}

async function prepareNetwork({ plan }: ClusterLayout): Promise<void> {
  for (const node of plan.nodes) {
    await mkdir(join(node.directory, 'cni-conf'), { recursive: true })
    await writeFile(join(node.directory, 'cni-conf', '10-kubets.conflist'), cniConfig(node))
    await writeFile(join(node.directory, 'resolv.conf'), '')
  }
  await createClusterNetwork(plan)
}

async function stopContainers({ config, plan }: ClusterLayout): Promise<void> {
  if (config.runtime !== 'oci') return
  await Promise.all(
    plan.nodes.map(async node => {
      // pods first: a conmon that still watches its container writes down how it ended, and then ends by itself
      await emptyCgroup(`${node.cgroup}/kubepods`, containerGrace)
      await emptyCgroup(node.cgroup, 500)
    }),
  )
}

/** The sockets of a cluster without namespaces, and the folder above them once no other cluster is in it. */
async function removeRunDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
  await rmdir(dirname(path)).catch(() => undefined)
}

/** The same for a cluster whose `cluster.json` cannot be read: what its id leads to. */
export async function dismantleUnknown(directory: ClusterDirectory): Promise<void> {
  await endLeftovers(directory)
  const id = clusterId(directory.path)
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return
  await emptyCgroup(`/kubets/${id}`, containerGrace)
  const there = await access(`${systemRunDirectory}/${id}`).then(
    () => true,
    () => false,
  )
  if (there) await removeClusterNetwork({ id, hostLink: hostLink(id), runDirectory: `${systemRunDirectory}/${id}` })
  await removeEmptyCgroup('/kubets')
}

/** Removes what a cluster leaves in the kernel: processes, cgroups, namespaces, links. Finds most of it gone after a clean stop. */
export async function dismantle(layout: ClusterLayout): Promise<void> {
  await endLeftovers(layout.directory)
  await layout.directory.record({})
  if (layout.plan.nodes.length === 0) return
  if (layout.config.runtime !== 'oci') return removeRunDirectory(layout.plan.runDirectory)
  await stopContainers(layout)
  for (const node of layout.plan.nodes) await removeNodeNamespace(node)
  await removeClusterNetwork(layout.plan)
  await emptyCgroup(`/kubets/${layout.config.id}`, 0)
  await removeEmptyCgroup('/kubets')
}
