import { createRateLimiter, createWorkQueue, type WorkQueue } from '@kubets/client/work-queue'
import { sleep } from '@kubets/component'
import { ExpiredError, prefixEnd } from '@kubets/storage'
import type { Rest } from '../resources/rest.ts'
import type { Change, Follow, Keeper } from './keeper.ts'

/** How long a watch that could not begin waits for the cache, ms. */
const retryWatch = 100

/** Starts the keepers; disposing ends them and waits for what they are at. */
export function startKeepers(rest: Rest, keepers: readonly Keeper[]): AsyncDisposable {
  const undo = new AsyncDisposableStack()
  const stop = new AbortController()
  for (const keeper of keepers) {
    const { clock, logger } = rest
    const queue: WorkQueue = undo.use(
      createWorkQueue({
        name: keeper.name,
        process: (key, signal) => keeper.reconcile(key, { signal, add: other => queue.add(other) }),
        concurrency: keeper.concurrency ?? 1,
        rateLimiter: createRateLimiter({ clock, ...(keeper.maxDelay === undefined ? {} : { max: keeper.maxDelay }) }),
        clock,
        logger,
      }),
    )
    for (const follow of keeper.follows) void begin(rest, follow, queue, stop.signal)
  }
  undo.defer(() => stop.abort())
  return undo
}

/** All that is there, and then what changes; anew when the cache was rebuilt. */
async function begin(rest: Rest, follow: Follow, queue: WorkQueue, signal: AbortSignal): Promise<void> {
  const { storagePrefix: start } = follow.kind
  const range = { start, end: prefixEnd(start) }
  while (!signal.aborted) {
    const snapshot = rest.cache.snapshot()
    const look = (type: Change['type'], entry: Change['entry']) => {
      for (const key of follow.keys({ type, ...placeOf(follow, entry.key), entry })) queue.add(key)
    }
    for (const entry of snapshot.range(range.start, range.end)) look('ADDED', entry)
    try {
      rest.cache.watch({
        ...range,
        after: snapshot.revision,
        signal,
        onEvents: events => {
          for (const { type, entry } of events) look(type, entry)
        },
        onEnd: () => {
          if (!signal.aborted) setImmediate(() => void begin(rest, follow, queue, signal))
        },
      })
      return
    } catch (error) {
      if (!(error instanceof ExpiredError)) throw error
      await sleep(retryWatch, signal, rest.clock)
    }
  }
}

function placeOf({ kind }: Follow, key: string): { namespace: string; name: string } {
  const path = key.slice(kind.storagePrefix.length)
  const slash = kind.namespaced ? path.indexOf('/') : -1
  return { namespace: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) }
}
