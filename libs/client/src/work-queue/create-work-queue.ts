import { type Clock, type Logger, silentLogger, systemClock } from '@kubets/component'
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts'

/** What became of a key. Nothing: done. A throw: tried again, later each time. */
export type Outcome = undefined | { requeueAfter: number }

/** Numbers for metrics, in upstream's `workqueue_*` meaning; seconds. */
export interface WorkQueueMetrics {
  added?(): void
  depth?(keys: number): void
  queueDuration?(seconds: number): void
  workDuration?(seconds: number): void
  retried?(): void
}

export interface WorkQueueOptions {
  /** For log lines. */
  name: string
  /** Works on one key; never called twice at once for the same key. The signal aborts at shutdown. */
  process(key: string, signal: AbortSignal): Promise<Outcome>
  /** Keys worked on at once. Default 1. */
  concurrency?: number
  rateLimiter?: RateLimiter
  metrics?: WorkQueueMetrics
  clock?: Clock
  logger?: Logger
}

/**
 * Keys waiting to be worked on. A key stands in it at most once, so it never holds more than the objects that exist;
 * added while it is worked on, it is worked on once more afterwards. Disposing drops what waits and awaits what runs.
 */
export interface WorkQueue extends AsyncDisposable {
  add(key: string): void
  /** Adds after `ms`. Of several delays for one key the earliest counts. */
  addAfter(key: string, ms: number): void
  /** Adds when the rate limiter lets the key through. */
  addRateLimited(key: string): void
  /** Keys that are ready and not yet worked on. */
  readonly size: number
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, metrics = {}, concurrency = 1 } = options
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? silentLogger()
  const limiter = options.rateLimiter ?? createRateLimiter({ clock })
  const shutdown = new AbortController()
  /** Ready keys in order of arrival, with that time. */
  const ready = new Map<string, number>()
  const running = new Map<string, Promise<void>>()
  /** Added again while running. */
  const dirty = new Set<string>()
  const delayed = new Map<string, { at: number; cancel: () => void }>()

  function add(key: string): void {
    if (shutdown.signal.aborted) return
    if (running.has(key)) {
      if (!dirty.has(key)) metrics.added?.()
      dirty.add(key)
      return
    }
    if (ready.has(key)) return
    ready.set(key, clock.now())
    metrics.added?.()
    metrics.depth?.(ready.size)
    pump()
  }

  function addAfter(key: string, ms: number): void {
    if (shutdown.signal.aborted) return
    if (ms <= 0) {
      add(key)
      return
    }
    const at = clock.now() + ms
    const old = delayed.get(key)
    if (old !== undefined) {
      if (old.at <= at) return
      old.cancel()
    }
    const cancel = clock.after(ms, () => {
      delayed.delete(key)
      add(key)
    })
    delayed.set(key, { at, cancel })
  }

  function addRateLimited(key: string): void {
    metrics.retried?.()
    addAfter(key, limiter.when(key))
  }

  function pump(): void {
    while (running.size < concurrency && !shutdown.signal.aborted) {
      const [next] = ready
      if (next === undefined) return
      const [key, since] = next
      ready.delete(key)
      metrics.depth?.(ready.size)
      metrics.queueDuration?.((clock.now() - since) / 1_000)
      running.set(key, work(key))
    }
  }

  async function work(key: string): Promise<void> {
    await undefined // so that `running` has the key before anything of it runs
    const began = clock.now()
    try {
      const outcome = await options.process(key, shutdown.signal)
      limiter.forget(key)
      if (outcome) addAfter(key, outcome.requeueAfter)
    } catch (err) {
      if (!shutdown.signal.aborted) {
        logger.error({ err, queue: name, key }, 'Processing failed, will be tried again')
        addRateLimited(key)
      }
    }
    metrics.workDuration?.((clock.now() - began) / 1_000)
    running.delete(key)
    if (dirty.delete(key)) add(key)
    pump()
  }

  return {
    add,
    addAfter,
    addRateLimited,
    get size() {
      return ready.size
    },
    async [Symbol.asyncDispose]() {
      shutdown.abort()
      ready.clear()
      dirty.clear()
      for (const { cancel } of delayed.values()) cancel()
      delayed.clear()
      await Promise.all(running.values())
    },
  }
}
