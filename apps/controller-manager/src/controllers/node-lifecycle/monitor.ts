import type { Node } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { type Client, type EventRecorder, type Lister, resources } from '@kubets/client'
import { type Clock, type Logger, sleep } from '@kubets/component'
import type { NodeLease } from '../../informers/node-leases.ts'
import { nodeLeaseNamespace } from '../../informers/node-leases.ts'
import type { NodeMetrics } from '../../node-metrics.ts'
import { type NodeInfo, readyCondition, toNodeInfo } from '../../nodes/node-info.ts'
import { hasTaint, writeTaints } from '../../nodes/taints.ts'
import { type PodInfo, podsOnNode } from '../../pods/pod-info.ts'
import { evictionTaints, notReady, unreachable } from './condition-taints.ts'
import { markNotReady } from './mark-not-ready.ts'
import { type NodeHealth, observe, unknownConditions } from './node-health.ts'
import { TaintQueue } from './taint-queue.ts'
import { type EvictionRates, planDisruption, unhealthyNodes, type ZoneState, zoneOf } from './zones.ts'

export interface MonitorSettings extends EvictionRates {
  /** Milliseconds that a node may be silent before it counts as unreachable. */
  monitorGracePeriod: number
  /** The same for one that has not said yet how it is. */
  startupGracePeriod: number
}

export interface MonitorOptions {
  client: Pick<Client, 'get' | 'patch'>
  nodes: Lister<NodeInfo>
  pods: Lister<PodInfo>
  leases: Lister<NodeLease>
  events: Pick<EventRecorder, 'event'>
  metrics: NodeMetrics
  settings: MonitorSettings
  clock: Clock
  logger: Logger
  signal: AbortSignal
}

/** Nodes looked at together: of each, most of the time is waiting for the server. */
const workers = 8
const tries = 5
const retryPause = 20
/** Such a node says nothing about the state of its zone. */
const excluded = 'node.kubernetes.io/exclude-disruption'

/** Knows which nodes are heard of, and says so: in the conditions of silent ones, in the taints that make pods leave, in their pods' readiness. */
export class NodeMonitor implements AsyncDisposable {
  readonly #options: MonitorOptions
  readonly #health = new Map<string, NodeHealth>()
  /** Name and uid. */
  readonly #known = new Map<string, string>()
  readonly #queues = new Map<string, TaintQueue>()
  #states: ReadonlyMap<string, ZoneState> = new Map()
  /** Nodes some of whose pods are not marked yet. */
  readonly #unmarked = new Set<string>()

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  /** What the Ready condition of a node said when it was looked at last. */
  readyStatus(node: string): string | undefined {
    return this.#health.get(node)?.ready?.status
  }

  /** One look at all nodes. Never called again before it has ended. */
  async look(): Promise<void> {
    const { nodes, metrics, clock } = this.#options
    const began = clock.now()
    const present = [...nodes.list()]
    await this.#meet(present)
    const zones = new Map<string, (string | undefined)[]>()
    await inParallel(present, workers, async node => {
      const start = clock.now()
      const ready = await this.#lookAt(node)
      metrics.nodeLooked((clock.now() - start) / 1_000)
      if (ready === undefined || excluded in node.labels) return
      const zone = zoneOf(node.labels)
      const statuses = zones.get(zone) ?? []
      zones.set(zone, statuses)
      statuses.push(ready.status)
    })
    await this.#handleDisruption(zones, present)
    metrics.allLooked((clock.now() - began) / 1_000)
  }

  async #meet(present: readonly NodeInfo[]): Promise<void> {
    const { events, metrics } = this.#options
    const gone = new Map(this.#known)
    for (const node of present) {
      const zone = zoneOf(node.labels)
      if (!this.#queues.has(zone)) {
        this.#queues.set(zone, this.#makeQueue(zone))
        metrics.zoneSeen(zone)
      }
      gone.delete(node.name)
      if (this.#known.has(node.name)) continue
      this.#known.set(node.name, node.uid)
      events.event(
        reference(node.name, node.uid),
        'Normal',
        'RegisteredNode',
        `Node ${node.name} event: Registered Node ${node.name} in Controller`,
      )
      await this.#reachable(node)
    }
    for (const [name, uid] of gone) {
      this.#known.delete(name)
      this.#health.delete(name)
      this.#unmarked.delete(name)
      for (const queue of this.#queues.values()) queue.remove(name)
      events.event(
        reference(name, uid),
        'Normal',
        'RemovingNode',
        `Node ${name} event: Removing Node ${name} from Controller`,
      )
    }
  }

  #makeQueue(zone: string): TaintQueue {
    const { clock, nodes, settings, metrics, logger } = this.#options
    return new TaintQueue({
      clock,
      rate: settings.evictionRate,
      taint: async name => {
        const node = nodes.get({ name })
        if (node === undefined) return true
        const ready = readyCondition(node)
        if (ready === undefined) return false
        if (ready.status === 'True') return true
        try {
          await writeTaints(this.#options, node, evictionTaints(ready.status))
        } catch (err) {
          logger.error({ err, node: name }, 'Failed to taint a node that is not ready')
          return false
        }
        metrics.evicted(zone)
        return true
      },
    })
  }

  /** The status of its Ready condition by now. Nothing when it could not be looked at: then nothing follows from it. */
  async #lookAt(seen: NodeInfo): Promise<{ status: string | undefined } | undefined> {
    const { events, logger, pods, signal } = this.#options
    const updated = await this.#updated(seen)
    if (updated === undefined) return undefined
    const { node, before, now } = updated
    if (now === undefined) return { status: now }
    await this.#taintAsNeeded(node, now)
    const stopped = now !== 'True' && before === 'True'
    if (stopped) {
      const message = `Node ${node.name} status is now: NodeNotReady`
      events.event(reference(node.name, node.uid), 'Normal', 'NodeNotReady', message)
      this.#unmarked.add(node.name)
    }
    if (now === 'True') this.#unmarked.delete(node.name)
    else if (this.#unmarked.has(node.name)) {
      try {
        await markNotReady(this.#options, podsOnNode(pods, node.name))
        this.#unmarked.delete(node.name)
      } catch (err) {
        if (!signal.aborted) logger.error({ err, node: node.name }, 'Some pods were not marked, will retry')
      }
    }
    return { status: now }
  }

  /** A node with what its Ready condition said and says. Who else writes it meanwhile costs a try. */
  async #updated(seen: NodeInfo): Promise<{ node: NodeInfo; before?: string; now?: string } | undefined> {
    const { client, clock, logger, signal } = this.#options
    let node = seen
    for (let attempt = 1; ; attempt++) {
      try {
        if (attempt > 1) node = toNodeInfo(await client.get<Node>(resources.nodes, { name: node.name }, { signal }))
        const now = await this.#updateHealth(node)
        const before = readyCondition(node)?.status
        return { node, ...(before === undefined ? {} : { before }), ...(now === undefined ? {} : { now }) }
      } catch (err) {
        if (!signal.aborted) logger.error({ err, node: node.name }, 'Failed to update the health of a node')
        if (signal.aborted || isNotFound(err) || attempt >= tries) return undefined
      }
      await sleep(retryPause, signal, clock)
    }
  }

  /** The status of the Ready condition, after it was made Unknown if nobody has heard of the node for too long. */
  async #updateHealth(node: NodeInfo): Promise<string | undefined> {
    const { client, leases, settings, clock, signal } = this.#options
    const now = clock.now()
    const renewTime = leases.get({ namespace: nodeLeaseNamespace, name: node.name })?.renewTime
    const health = observe(this.#health.get(node.name), node, renewTime, now)
    this.#health.set(node.name, health)
    const { ready } = health
    const grace = ready === undefined ? settings.startupGracePeriod : settings.monitorGracePeriod
    if (now <= health.heardOf + grace || ready?.status === 'Unknown') return ready?.status
    const body = {
      metadata: { resourceVersion: node.resourceVersion },
      status: { conditions: unknownConditions(node, now) },
    }
    const written = await client.patch<Node>(resources.nodes, { name: node.name }, 'strategic', body, {
      subresource: 'status',
      signal,
    })
    this.#health.set(node.name, { ...health, ready: readyCondition(toNodeInfo(written)) })
    return 'Unknown'
  }

  /** The taint that fits is there in its turn; where the other one is, it is changed at once. */
  async #taintAsNeeded(node: NodeInfo, ready: string): Promise<void> {
    if (ready === 'True') return this.#reachable(node)
    const [wanted, other] = ready === 'False' ? [notReady, unreachable] : [unreachable, notReady]
    if (hasTaint(node.taints, other)) return this.#write(node, ready)
    const queue = this.#queueOf(node)
    if (!hasTaint(node.taints, wanted)) queue.remove(node.name)
    queue.add(node.name)
  }

  async #reachable(node: NodeInfo): Promise<void> {
    this.#queueOf(node).remove(node.name)
    await this.#write(node, 'True')
  }

  async #write(node: NodeInfo, ready: string): Promise<void> {
    const { signal, logger } = this.#options
    try {
      await writeTaints(this.#options, node, evictionTaints(ready))
    } catch (err) {
      if (!signal.aborted && !isNotFound(err))
        logger.error({ err, node: node.name }, 'Failed to change the taints of a node, will retry')
    }
  }

  #queueOf(node: NodeInfo): TaintQueue {
    const zone = zoneOf(node.labels)
    const queue = this.#queues.get(zone) ?? this.#makeQueue(zone)
    this.#queues.set(zone, queue)
    return queue
  }

  async #handleDisruption(
    zones: ReadonlyMap<string, readonly (string | undefined)[]>,
    nodes: readonly NodeInfo[],
  ): Promise<void> {
    const { settings, metrics, logger, clock } = this.#options
    for (const zone of this.#states.keys()) if (!zones.has(zone)) metrics.zone(zone, 0, 0)
    for (const [zone, statuses] of zones) metrics.zone(zone, statuses.length, unhealthyNodes(statuses))
    const plan = planDisruption(this.#states, zones, settings)
    this.#states = plan.states
    if (plan.nobodyReady) {
      logger.info({}, 'No node is ready any more: nothing is evicted')
      for (const node of nodes) await this.#reachable(node)
    }
    if (plan.somebodyReady) {
      logger.info({}, 'Some nodes are ready again: what is not may be evicted')
      const now = clock.now()
      for (const [name, health] of this.#health) this.#health.set(name, { ...health, heardOf: now })
    }
    for (const [zone, rate] of plan.rates) {
      const queue = this.#queues.get(zone)
      if (queue !== undefined) queue.rate = rate
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#queues.values()].map(queue => queue[Symbol.asyncDispose]()))
  }
}

const reference = (name: string, uid: string) => ({ kind: 'Node', apiVersion: 'v1', name, uid })

async function inParallel<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const item of rest) await work(item)
    }),
  )
}
