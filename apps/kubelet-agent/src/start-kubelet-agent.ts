import { mkdir } from 'node:fs/promises'
import type { Node, Pod, Service } from '@kubets/api-types'
import { createEventRecorder, resources, startInformer } from '@kubets/client'
import { type Running, running, silentLogger, systemClock } from '@kubets/component'
import { fakeRuntimeName } from '@kubets/cri'
import { followReferencedObjects } from './api-objects/referenced-objects.ts'
import { startHousekeeping } from './housekeeping.ts'
import { createKubeletMetrics } from './metrics.ts'
import { admitBySomeNode, admitPod } from './node/admit.ts'
import { startNodeLease } from './node/lease.ts'
import { readMachine } from './node/machine.ts'
import { type NodeAgent, startNodeAgent } from './node/node-agent.ts'
import { nodeResources } from './node/node-object.ts'
import type { KubeletAgentOptions, KubeletSettings } from './options.ts'
import { createPodManager, type PodManager } from './pod-manager.ts'
import { createBackOff } from './pod-worker/back-off.ts'
import { containerReference, type WorkerParts } from './pod-worker/parts.ts'
import { createServiceAccountTokens } from './pod-worker/service-account-token.ts'
import { createProber } from './probes/prober.ts'
import { noCgroups, openPodCgroups } from './resources/pod-cgroups.ts'
import { watchRuntime } from './runtime/watch-runtime.ts'
import { startAccess } from './server/access/start-access.ts'
import { configz } from './server/configz.ts'
import { startKubeletServer } from './server/index.ts'
import { selfSigned } from './server/self-signed.ts'
import { statsSummary } from './server/stats-summary.ts'
import { createStatusWriter } from './status/status-writer.ts'
import { systemMounter } from './volumes/mounter.ts'

export interface KubeletAgent extends Running {
  /** Where the server listens. */
  readonly port: number
  /** Resolves when the Node stands in the API. */
  readonly registered: Promise<void>
  /** Throws when the container runtime does not answer. */
  checkHealth(): void
}

/** The node's agent: registers the Node, runs the pods bound to it through CRI, tells the API how they are. Resolves when the server listens. */
export async function startKubeletAgent(options: KubeletAgentOptions): Promise<KubeletAgent> {
  await using undo = new AsyncDisposableStack()
  const settings = withDefaults(options)
  const { client, runtime: cri, clock, logger, nodeName } = settings
  await mkdir(settings.rootDir, { recursive: true, mode: 0o750 })
  const [version, machine, cgroups] = await Promise.all([
    cri.version({ version: '0.1.0' }),
    readMachine(settings.rootDir),
    settings.cgroupRoot === undefined ? noCgroups : openPodCgroups(settings.cgroupRoot),
  ])
  const runsProcesses = version.runtimeName !== fakeRuntimeName
  if (!runsProcesses) logger.warn('The fake runtime runs no processes: probes and lifecycle hooks count as passed')
  const { allocatable } = nodeResources({ settings, machine })
  const closing = new AbortController()
  const recorder = undo.use(createEventRecorder({ client, component: 'kubelet', host: nodeName, clock, logger }))
  const status = undo.use(createStatusWriter({ client, clock, logger }))

  // the parts below call each other; what is told before the pods are known is of no interest to anyone
  let pods: PodManager | undefined
  let node: NodeAgent | undefined
  let unhealthy: Error | undefined
  const prober = undo.use(
    createProber({
      cri,
      clock,
      runsProcesses,
      changed: uid => pods?.wake(uid),
      unhealthy: (pod, container, message) =>
        recorder.event(containerReference(pod, container), 'Warning', 'Unhealthy', message),
    }),
  )
  const objects = undo.use(
    followReferencedObjects({ client, changed: uid => pods?.objectsChanged(uid), clock, logger }),
  )
  const runtime = undo.use(
    await watchRuntime({
      cri,
      changed: (uid, state) => pods?.runtimeChanged(uid, state),
      healthy(error) {
        if ((error === undefined) === (unhealthy === undefined)) return
        unhealthy = error
        node?.poke() // readiness follows the runtime at once
      },
      relistPeriod: settings.relistPeriod,
      clock,
      logger,
    }),
  )
  const services = undo.use(startInformer<Service>({ client, ref: resources.services, clock, logger }))
  const parts: WorkerParts = {
    settings,
    cri,
    client,
    runtime,
    status,
    prober,
    objects,
    mounter: systemMounter,
    cgroups,
    imageBackOff: createBackOff(),
    imageFailures: new Map(),
    tokens: createServiceAccountTokens(client, clock, closing.signal),
    recorder,
    runtimeName: version.runtimeName,
    runsProcesses,
    memoryCapacity: machine.memory,
    allocatable: () => allocatable,
    services: () => services.lister.list(),
    servicesKnown: services.synced,
    admit(pod) {
      const admit = (here: Node | undefined) => {
        const others = (pods?.active() ?? []).filter(other => other.metadata?.uid !== pod.metadata?.uid)
        return admitPod(pod, here, allocatable, others)
      }
      const newest = () => client.get<Node>(resources.nodes, { name: nodeName }, { signal: closing.signal })
      return admitBySomeNode(admit, node?.node, newest)
    },
    closing: closing.signal,
    clock,
    logger,
  }
  const manager = undo.use(createPodManager(parts))
  pods = manager
  undo.defer(() => closing.abort())
  undo.use(startHousekeeping({ parts, pods: manager }))
  const checkHealth = () => {
    if (unhealthy) throw unhealthy
  }
  const server = await startKubeletServer({
    host: {
      podByName(namespace, name) {
        const pod = manager.find(namespace, name)
        const status = pod && (parts.status.last(pod.metadata?.uid ?? '') ?? pod.status)
        return pod && status ? { ...pod, status } : pod
      },
      pods: () => manager.pods(),
      checkHealth,
      documents: {
        '/stats/summary': () => statsSummary(parts),
        '/configz': () => ({ kubeletconfig: configz(settings) }),
      },
    },
    runtime: cri,
    address: settings.address,
    port: settings.port,
    tls: { ...(settings.tls ?? (await selfSigned(settings))), ...settings.tlsSettings },
    access: startAccess({ auth: settings.auth, client, nodeName, clock, logger }),
    ...(settings.clientCa === undefined ? {} : { clientCa: settings.clientCa }),
    metrics: createKubeletMetrics(runtime).registry,
    logger,
    clock,
  })
  undo.defer(() => server.stop())
  node = undo.use(
    startNodeAgent({
      settings,
      client,
      cri,
      recorder,
      machine,
      runtimeVersion: `${version.runtimeName}://${version.runtimeVersion.replace(/^v/, '')}`,
      port: server.port,
      clock,
      logger,
    }),
  )
  const agent = node
  undo.use(
    startNodeLease({
      client,
      nodeName,
      nodeUid: () => (agent.node as Node | undefined)?.metadata?.uid,
      durationSeconds: settings.nodeLeaseDurationSeconds,
      clock,
      logger,
    }),
  )
  const informer = undo.use(
    startInformer<Pod>({
      client,
      ref: resources.pods,
      fieldSelector: `spec.nodeName=${nodeName}`,
      handlers: {
        added: pod => manager.applied(pod),
        updated: (pod, old) => {
          if (pod.metadata?.uid !== old.metadata?.uid) manager.removed(old) // deleted and made again between two looks
          manager.applied(pod)
        },
        deleted: pod => manager.removed(pod),
      },
      clock,
      logger,
    }),
  )
  informer.synced.then(
    () => manager.synced(),
    () => undefined,
  )
  return { ...running(undo.move()), port: server.port, registered: agent.registered, checkHealth }
}

function withDefaults(options: KubeletAgentOptions): KubeletSettings {
  return {
    address: '0.0.0.0',
    port: 10_250,
    rootDir: '/var/lib/kubelet',
    podLogsDir: '/var/log/pods',
    nodeLabels: {},
    registerWithTaints: [],
    registerNode: true,
    clusterDns: [],
    clusterDomain: 'cluster.local',
    resolvConf: '/etc/resolv.conf',
    maxPods: 110,
    nodeStatusUpdateFrequency: 10_000,
    nodeStatusReportFrequency: 300_000,
    nodeLeaseDurationSeconds: 40,
    containerLogMaxSize: 10 * 1_024 * 1_024,
    containerLogMaxFiles: 5,
    systemReserved: {},
    relistPeriod: 1_000,
    auth: {},
    logger: silentLogger(),
    clock: systemClock,
    ...options,
  }
}
