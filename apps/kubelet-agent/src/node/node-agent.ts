import type { Node, NodeCondition } from '@kubets/api-types'
import { isAlreadyExists, isNotFound, semanticEqual } from '@kubets/apimachinery'
import { type Client, type EventRecorder, resources } from '@kubets/client'
import { type Clock, type Logger, sleep } from '@kubets/component'
import type { Image, ImageClient, RuntimeClient } from '@kubets/cri'
import type { KubeletSettings } from '../options.ts'
import { conditionEvent, nodeConditions } from './conditions.ts'
import { type Machine, readPressure } from './machine.ts'
import { kubeletVersion, newNode, nodeLabels, nodeStatus } from './node-object.ts'

export interface NodeAgentOptions {
  settings: KubeletSettings
  client: Pick<Client, 'get' | 'create' | 'patch'>
  cri: Pick<RuntimeClient, 'status'> & Pick<ImageClient, 'listImages'>
  recorder: Pick<EventRecorder, 'event'>
  machine: Machine
  runtimeVersion: string
  port: number
  clock: Clock
  logger: Logger
}

export interface NodeAgent extends AsyncDisposable {
  /** The Node as the API last answered it; undefined before it is registered. */
  readonly node: Node | undefined
  /** Resolves when the Node stands in the API for the first time. */
  readonly registered: Promise<void>
  /** Looks at the node now instead of at the next turn. */
  poke(): void
}

const maxPause = 7_000
/** Milliseconds that a runtime may be silent before the node is not ready; upstream's threshold. */
const runtimeGrace = 30_000

/** Registers the Node and keeps its status: looked at every ten seconds, written when something has changed or after five minutes. */
export function startNodeAgent(options: NodeAgentOptions): NodeAgent {
  const { settings, client, clock, logger } = options
  const ended = new AbortController()
  const { signal } = ended
  let node: Node | undefined
  let written = 0
  let lastAnswer: number | undefined
  let wake = new AbortController()
  const registered = Promise.withResolvers<void>()

  async function images(): Promise<readonly Image[]> {
    try {
      return (await options.cri.listImages({}, { signal })).images
    } catch {
      return []
    }
  }

  async function problems(): Promise<string[]> {
    try {
      const { status } = await options.cri.status({}, { signal })
      lastAnswer = clock.now()
      return (status?.conditions ?? [])
        .filter(condition => !condition.status)
        .map(({ type, reason, message }) =>
          type === 'NetworkReady'
            ? `container runtime network not ready: NetworkReady=false reason:${reason} message:${message}`
            : `container runtime is not ready: ${type}=false reason:${reason} message:${message}`,
        )
    } catch (error) {
      // a runtime that is started again is no reason to move pods away
      if (lastAnswer !== undefined && clock.now() - lastAnswer < runtimeGrace) return []
      return [`container runtime is down: ${(error as Error).message}`]
    }
  }

  async function look() {
    const [pressure, trouble, present] = await Promise.all([readPressure(settings.rootDir), problems(), images()])
    const conditions = nodeConditions({ pressure, problems: trouble }, node?.status?.conditions ?? [], clock.now())
    return {
      settings,
      machine: options.machine,
      runtimeVersion: options.runtimeVersion,
      port: options.port,
      images: present,
      conditions,
    }
  }

  async function register(): Promise<void> {
    const facts = await look()
    const fresh = newNode(facts)
    if (settings.registerNode) {
      try {
        node = await client.create<Node>(resources.nodes, fresh, { signal })
        logger.info({ node: settings.nodeName }, 'Successfully registered node')
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
      }
    }
    if (node === undefined) {
      const key = { name: settings.nodeName }
      const found = await client.get<Node>(resources.nodes, key, { signal })
      const wanted = nodeLabels(settings, options.machine)
      const lacks = Object.entries(wanted).some(([name, value]) => found.metadata?.labels?.[name] !== value)
      node = lacks
        ? await client.patch<Node>(resources.nodes, key, 'merge', { metadata: { labels: wanted } }, { signal })
        : found
      logger.info({ node: settings.nodeName }, 'Node was previously registered')
      facts.conditions = nodeConditions(
        { pressure: await readPressure(settings.rootDir), problems: await problems() },
        node.status?.conditions ?? [],
        clock.now(),
      )
      await write(facts)
    }
    tellConditions([], facts.conditions)
    written = clock.now()
    registered.resolve()
  }

  function tellConditions(old: readonly NodeCondition[], now: readonly NodeCondition[]): void {
    for (const condition of now) {
      if (old.some(({ type, status }) => type === condition.type && status === condition.status)) continue
      const reason = conditionEvent(condition)
      if (reason !== undefined) tell(reason, `Node ${settings.nodeName} status is now: ${reason}`)
    }
  }

  function tell(reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal'): void {
    options.recorder.event(
      { kind: 'Node', apiVersion: 'v1', name: settings.nodeName, uid: settings.nodeName },
      type,
      reason,
      message,
    )
  }

  async function write(facts: Awaited<ReturnType<typeof look>>): Promise<void> {
    const status = nodeStatus(facts)
    node = await client.patch<Node>(
      resources.nodes,
      { name: settings.nodeName },
      'strategic',
      { status },
      { subresource: 'status', signal },
    )
    written = clock.now()
  }

  async function update(): Promise<void> {
    // others write it too: whoever has not heard of us for long has called our conditions unknown
    node = await client.get<Node>(resources.nodes, { name: settings.nodeName }, { signal })
    const facts = await look()
    const old = node?.status?.conditions ?? []
    const changed = !semanticEqual(comparable(nodeStatus(facts)), comparable(node?.status ?? {}))
    if (!changed && clock.now() - written < settings.nodeStatusReportFrequency) return
    await write(facts)
    tellConditions(old, facts.conditions)
  }

  async function run(): Promise<void> {
    tell('Starting', 'Starting kubelet.')
    let pause = 50
    while (!signal.aborted) {
      try {
        if (node === undefined) await register()
        else await update()
        pause = 50
        await sleep(settings.nodeStatusUpdateFrequency, AbortSignal.any([signal, wake.signal]), clock)
        if (wake.signal.aborted) wake = new AbortController()
      } catch (error) {
        if (signal.aborted) return
        if (isNotFound(error) && settings.registerNode) node = undefined // somebody has deleted it: it is registered again
        logger.warn({ err: error, node: settings.nodeName, kubeletVersion }, 'Error updating node status, will retry')
        await sleep(pause, signal, clock)
        pause = Math.min(pause * 2, maxPause)
      }
    }
  }

  const done = run()
  return {
    get node() {
      return node
    },
    registered: registered.promise,
    poke: () => wake.abort(),
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done
    },
  }
}

/** A status without what changes all the time: heartbeats. */
function comparable(status: NonNullable<Node['status']>): object {
  const { capacity, allocatable, addresses, daemonEndpoints, nodeInfo, images, conditions } = status
  return {
    capacity,
    allocatable,
    addresses,
    daemonEndpoints,
    nodeInfo,
    images,
    conditions: (conditions ?? []).map(({ type, status: value, reason, message }) => ({
      type,
      value,
      reason,
      message,
    })),
  }
}
