import { type Clock, type Logger, sleep } from '@kubets/component'
import { type ContainerStatus, isNotFound, isUnimplemented, type RuntimeClient } from '@kubets/cri'
import { label } from './labels.ts'
import { afterEvent, emptyState, isEmpty, type PodRuntimeState, podState } from './pod-state.ts'

export type WatchedRuntime = Pick<
  RuntimeClient,
  'getContainerEvents' | 'listPodSandbox' | 'listContainers' | 'podSandboxStatus' | 'containerStatus'
>

export interface WatchRuntimeOptions {
  cri: WatchedRuntime
  /** Called with each pod whose state may have changed, also with those that are gone. */
  changed(uid: string, state: PodRuntimeState): void
  /** The runtime answers or does not. */
  healthy(error: Error | undefined): void
  /** Milliseconds between lists where the runtime sends no events. */
  relistPeriod: number
  clock: Clock
  logger: Logger
}

export interface RuntimeWatch extends AsyncDisposable {
  state(uid: string): PodRuntimeState
  /** All pods that the runtime knows. */
  uids(): string[]
  /** Changes what is known by what a call has just told. */
  update(uid: string, change: (state: PodRuntimeState) => PodRuntimeState): void
}

/** A list every five minutes beside the events, as upstream's evented PLEG: what an event lost is found. */
const safetyRelist = 300_000
const maxPause = 2_000

/** Follows the runtime: one list at start and after each break, then its events. Resolves after the first list. */
export async function watchRuntime(options: WatchRuntimeOptions): Promise<RuntimeWatch> {
  const { cri, clock, logger } = options
  const ended = new AbortController()
  const { signal } = ended
  const pods = new Map<string, PodRuntimeState>()

  function set(uid: string, state: PodRuntimeState): void {
    if (isEmpty(state)) pods.delete(uid)
    else pods.set(uid, state)
    options.changed(uid, state)
  }

  async function relist(): Promise<void> {
    const [sandboxes, containers] = await Promise.all([
      cri.listPodSandbox({}, { signal }),
      cri.listContainers({}, { signal }),
    ])
    const uids = new Set<string>()
    for (const { labels } of [...sandboxes.items, ...containers.containers])
      if (labels[label.podUid] !== undefined) uids.add(labels[label.podUid] as string)
    const [sandboxStatuses, containerStatuses] = await Promise.all([
      Promise.all(sandboxes.items.map(({ id }) => orGone(cri.podSandboxStatus({ podSandboxId: id }, { signal })))),
      Promise.all(containers.containers.map(({ id }) => orGone(cri.containerStatus({ containerId: id }, { signal })))),
    ])
    const found = new Map([...uids].map(uid => [uid, { sandboxes: [], containers: [] } as Mutable]))
    for (const answer of sandboxStatuses) {
      const status = answer?.status
      if (status) found.get(status.labels[label.podUid] ?? '')?.sandboxes.push(status)
    }
    for (const answer of containerStatuses) {
      const status = answer?.status
      if (status) found.get(status.labels[label.podUid] ?? '')?.containers.push(status)
    }
    for (const uid of [...pods.keys()]) if (!found.has(uid)) set(uid, emptyState)
    for (const [uid, { sandboxes, containers }] of found) set(uid, podState(sandboxes, containers))
    options.healthy(undefined)
  }

  async function follow(): Promise<'no events' | 'broken'> {
    let listing: Promise<void> | undefined
    const gone = new AbortController()
    const both = AbortSignal.any([signal, gone.signal])
    // listed while the stream is open already, so that nothing falls between list and stream
    const safety = async () => {
      while (!both.aborted) {
        await relist()
        await sleep(safetyRelist, both, clock)
      }
    }
    try {
      const events = cri.getContainerEvents({}, { signal: both })[Symbol.asyncIterator]()
      const first = events.next()
      listing = safety()
      listing.catch(() => gone.abort())
      for (let next = await first; !next.done; next = await events.next()) {
        const event = next.value
        const uid = event.podSandboxStatus?.labels[label.podUid] ?? owner(event.containerId)
        if (uid === undefined) continue
        set(uid, afterEvent(pods.get(uid) ?? emptyState, event))
      }
    } catch (error) {
      if (isUnimplemented(error)) return 'no events'
      throw error
    } finally {
      gone.abort()
      await listing
    }
    return 'broken'
  }

  function owner(id: string): string | undefined {
    for (const [uid, state] of pods)
      if (state.sandboxes.some(s => s.id === id) || state.containers.some(c => c.id === id)) return uid
    return undefined
  }

  async function run(): Promise<void> {
    let events = true
    let pause = 50
    while (!signal.aborted) {
      try {
        if (!events) await relist()
        else if ((await follow()) === 'no events') {
          logger.warn('The container runtime sends no events; it is listed instead')
          events = false
          continue
        }
        pause = events ? 50 : options.relistPeriod
      } catch (error) {
        if (signal.aborted) return
        options.healthy(error as Error)
        logger.warn({ err: error }, 'The container runtime does not answer')
        pause = Math.min(pause * 2, Math.max(maxPause, options.relistPeriod))
      }
      await sleep(pause, signal, clock)
    }
  }

  await relist()
  const done = run()
  return {
    state: uid => pods.get(uid) ?? emptyState,
    uids: () => [...pods.keys()],
    update: (uid, change) => set(uid, change(pods.get(uid) ?? emptyState)),
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done
    },
  }
}

interface Mutable {
  sandboxes: PodRuntimeState['sandboxes'][number][]
  containers: ContainerStatus[]
}

async function orGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
