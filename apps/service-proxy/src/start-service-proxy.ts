import type { EndpointSlice, KubeObject, Node, Service } from '@kubets/api-types'
import { type Informer, type ResourceRef, resources, startInformer } from '@kubets/client'
import { type Running, registerCertificateMetrics, running, silentLogger, systemClock } from '@kubets/component'
import { HealthRecord } from './health.ts'
import { createMetrics } from './metrics.ts'
import { FamilyTable } from './nftables/family-table.ts'
import { run, runNft } from './nftables/run-nft.ts'
import { addressesIn, isEverywhere, primary } from './node-addresses.ts'
import type { ServiceProxyOptions } from './options.ts'
import { type Answer, serve } from './serve.ts'
import { familyOf, type IpFamily, type ServicePort } from './services/service-port.ts'
import { followed, serviceNameLabel, servicePorts } from './services/service-ports.ts'
import { staleFlows } from './stale-flows.ts'
import { startSyncLoop } from './sync-loop.ts'

export interface RunningServiceProxy extends Running {
  readonly healthPort: number | undefined
  readonly metricsPort: number | undefined
  /** Resolves when the rules stand for the first time. */
  readonly synced: Promise<void>
}

const serviceCidrs: ResourceRef = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'servicecidrs',
  kind: 'ServiceCIDR',
  namespaced: false,
}
type ServiceCidr = KubeObject & { spec?: { cidrs?: string[] } }

/** Set by the cluster autoscaler on a node that it is about to remove. */
const goingTaint = 'ToBeDeletedByClusterAutoscaler'
const triggerTime = 'endpoints.kubernetes.io/last-change-trigger-time'
/** Everything is written anew so often, whoever has been in the table. */
const fullSyncPeriod = 3_600_000
/** At most so many trigger times wait for their rules: a gauge of latency, so the rest are not missed. */
const mostTriggers = 10_000

/** Leads traffic to Services' addresses to their endpoints by nftables rules in this process's network namespace, until it is stopped. Rules outlive it. */
export async function startServiceProxy(options: ServiceProxyOptions): Promise<RunningServiceProxy> {
  const { client, nodeName } = options
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? silentLogger()
  const nft = options.nft ?? runNft
  const conntrack = options.conntrack ?? (args => run('conntrack', args))
  const metrics = createMetrics()
  registerCertificateMetrics(metrics.registry, options.certificateFiles)
  const health = new HealthRecord(clock)
  const started = clock.now()
  const first = Promise.withResolvers<void>()
  const common = { client, clock, logger }
  await using undo = new AsyncDisposableStack()

  const portRanges = options.nodePortAddresses?.length ? options.nodePortAddresses : [primary]
  const mark = `0x${(2 ** (options.masqueradeBit ?? 14)).toString(16).padStart(8, '0')}`
  const families = (['IPv4', 'IPv6'] as const).map(family => ({
    family,
    table: new FamilyTable(
      {
        family,
        mark,
        masqueradeAll: options.masqueradeAll ?? false,
        clusterCidr: options.clusterCidrs?.find(cidr => familyOf(cidr) === family),
        nodePorts: isEverywhere(portRanges, family) ? 'everywhere' : 'listed',
      },
      nft,
    ),
    ports: [] as readonly ServicePort[],
    /** Until an address of the family is there, nothing is asked of a kernel that may not know it. */
    used: family === 'IPv4',
  }))

  let known = false
  let serviceChanges = 0
  let endpointChanges = 0
  let triggers: number[] = []
  const changed = () => {
    if (!known) return
    for (const { family, used } of families)
      if (used) {
        health.queued(family)
        metrics.lastQueued.set({ ip_family: family }, clock.now() / 1_000)
      }
    loop.poke()
  }
  const services = undo.use(
    startInformer<Service>({
      ...common,
      ref: resources.services,
      labelSelector: followed,
      project: ({ metadata, spec }) =>
        ({ metadata: { namespace: metadata?.namespace, name: metadata?.name }, spec }) as Service,
      handlers: each(() => {
        metrics.serviceChanges.inc()
        metrics.serviceChangesPending.set(++serviceChanges)
        changed()
      }),
    }),
  )
  const slices = undo.use(
    startInformer<EndpointSlice>({
      ...common,
      ref: resources.endpointSlices,
      labelSelector: followed,
      project: lean,
      indexes: {
        service: slice => `${slice.metadata?.namespace}/${slice.metadata?.labels?.[serviceNameLabel]}`,
      },
      handlers: each<EndpointSlice>(slice => {
        metrics.endpointChanges.inc()
        metrics.endpointChangesPending.set(++endpointChanges)
        const at = Date.parse(slice.metadata?.annotations?.[triggerTime] ?? '')
        // what happened before this process tells nothing about it
        if (at >= started && triggers.length < mostTriggers) triggers.push(at)
        changed()
      }),
    }),
  )
  const cidrs = undo.use(startInformer<ServiceCidr>({ ...common, ref: serviceCidrs, handlers: each(changed) }))
  const node: Informer<Node> = undo.use(
    startInformer<Node>({
      ...common,
      ref: resources.nodes,
      fieldSelector: `metadata.name=${nodeName}`,
      handlers: each(changed),
      project: nodeFacts,
    }),
  )

  function nodePortIps(family: IpFamily): string[] {
    if (isEverywhere(portRanges, family)) return []
    if (portRanges[0] !== primary) return addressesIn(portRanges, family)
    const known = [...node.lister.list()][0]?.status?.addresses ?? []
    const own = known.filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
    const { nodeIp } = options
    return (nodeIp !== undefined && familyOf(nodeIp) === family ? [nodeIp] : own).filter(
      (address, i, all) => familyOf(address) === family && all.findIndex(other => familyOf(other) === family) === i,
    )
  }

  /** One transaction a family. A failure is told and tried again. */
  async function sync(): Promise<boolean> {
    const [servicesSeen, endpointsSeen, triggersSeen] = [serviceChanges, endpointChanges, triggers]
    triggers = []
    const ranges = [...cidrs.lister.list()].flatMap(({ spec }) => spec?.cidrs ?? [])
    let good = true
    for (const entry of families) {
      const { family, table } = entry
      const labels = { ip_family: family }
      const ports = servicePorts(
        services.lister.list(),
        (namespace, name) => slices.lister.byIndex('service', `${namespace}/${name}`),
        family,
        nodeName,
      )
      entry.used ||= ports.length > 0
      if (!entry.used) continue
      const begin = performance.now()
      try {
        const { rules, full } = await table.apply(ports, {
          serviceCidrs: ranges.filter(range => familyOf(range) === family),
          nodePortIps: nodePortIps(family),
        })
        const seconds = (performance.now() - begin) / 1_000
        metrics.syncSeconds.observe(labels, seconds)
        metrics[full ? 'fullSyncSeconds' : 'partialSyncSeconds'].observe(labels, seconds)
        metrics.lastSync.set(labels, clock.now() / 1_000)
        for (const policy of ['internal', 'external'] as const)
          metrics.withoutLocal.set({ traffic_policy: policy, ip_family: family }, rules.withoutLocal[policy])
        for (const at of triggersSeen) metrics.programmingSeconds.observe(labels, (clock.now() - at) / 1_000)
        health.updated(family)
      } catch (err) {
        good = false
        metrics.failures.inc(labels)
        logger.error({ err, family }, 'nftables sync failed')
        continue
      }
      const before = entry.ports
      entry.ports = ports
      await forget(staleFlows(before, ports, family), family)
    }
    serviceChanges -= servicesSeen
    endpointChanges -= endpointsSeen
    metrics.serviceChangesPending.set(serviceChanges)
    metrics.endpointChangesPending.set(endpointChanges)
    if (good) first.resolve()
    return good
  }

  async function forget(commands: readonly string[][], family: IpFamily): Promise<void> {
    if (commands.length === 0) return
    const end = metrics.conntrackSeconds.startTimer({ ip_family: family })
    for (const args of commands)
      try {
        await conntrack(args)
      } catch (error) {
        // nothing to forget is an exit code too
        if (!/ 0 flow entries have been deleted/.test((error as Error).message))
          logger.warn({ err: error }, 'Connections to endpoints that are gone could not be forgotten')
      }
    end()
  }

  const loop = undo.use(
    startSyncLoop({
      minPeriod: options.minSyncPeriod ?? 1_000,
      retryPeriod: options.syncPeriod ?? 30_000,
      sync,
      clock,
    }),
  )
  Promise.all([services.synced, slices.synced]).then(
    () => {
      known = true
      changed()
    },
    () => undefined,
  )
  undo.adopt(
    setInterval(() => {
      for (const { table } of families) table.forget()
      changed()
    }, fullSyncPeriod).unref(),
    clearInterval,
  )

  const eligible = () => {
    const seen = [...node.lister.list()][0]
    return seen !== undefined && !seen.metadata?.deletionTimestamp && !seen.spec?.taints?.length
  }
  const told = (path: 'healthz' | 'livez') => (): Answer => {
    const report = health.report(path === 'healthz' ? eligible() : undefined)
    const status = report.healthy && report.nodeEligible !== false ? 200 : 503
    metrics[path].inc({ code: String(status) })
    return { status, type: 'application/json', body: JSON.stringify(report) }
  }
  const listening = { clock, logger }
  const healthServer = options.health
    ? undo.use(await serve(options.health, { '/healthz': told('healthz'), '/livez': told('livez') }, listening))
    : undefined
  const metricsServer = options.metrics
    ? undo.use(
        await serve(
          options.metrics,
          {
            '/metrics': async () => ({
              status: 200,
              type: metrics.registry.contentType,
              body: await metrics.registry.metrics(),
            }),
            '/proxyMode': () => ({ status: 200, type: 'text/plain; charset=utf-8', body: 'nftables' }),
          },
          listening,
        ),
      )
    : undefined
  return {
    ...running(undo.move()),
    healthPort: healthServer?.port,
    metricsPort: metricsServer?.port,
    synced: first.promise,
  }
}

/** Removes all that this proxy, or upstream's in nftables mode, has put into the kernel. */
export async function cleanUp(nft = runNft): Promise<void> {
  for (const family of ['IPv4', 'IPv6'] as const)
    await new FamilyTable({ family, mark: '0', masqueradeAll: false, nodePorts: 'listed' }, nft).remove()
}

function each<T>(handle: (object: T) => void) {
  return { added: handle, updated: handle, deleted: handle }
}

/** Of a slice, what the rules need. */
function lean({ metadata, addressType, ports, endpoints }: EndpointSlice): EndpointSlice {
  const trigger = metadata?.annotations?.[triggerTime]
  return {
    metadata: {
      namespace: metadata?.namespace,
      name: metadata?.name,
      labels: { [serviceNameLabel]: metadata?.labels?.[serviceNameLabel] ?? '' },
      ...(trigger === undefined ? {} : { annotations: { [triggerTime]: trigger } }),
    },
    addressType,
    ports,
    endpoints: endpoints?.map(({ addresses, conditions, nodeName }) => ({ addresses, conditions, nodeName })),
  } as EndpointSlice
}

/** Of the node, its addresses and whether load balancers may send to it. */
function nodeFacts({ metadata, spec, status }: Node): Node {
  return {
    metadata: { name: metadata?.name, deletionTimestamp: metadata?.deletionTimestamp },
    spec: { taints: spec?.taints?.filter(({ key }) => key === goingTaint) },
    status: { addresses: status?.addresses },
  } as Node
}
