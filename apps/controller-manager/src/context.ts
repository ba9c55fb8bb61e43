import {
  type Client,
  createEventRecorder,
  createRateLimiter,
  createWorkQueue,
  type EventRecorder,
  type Outcome,
  type WorkQueue,
} from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import type { ControllerManagerConfiguration } from './configuration.ts'
import type { ResourceMonitors } from './discovery/resource-monitors.ts'
import type { ServerResources } from './discovery/server-resources.ts'
import type { Informers, SharedInformer } from './informers/shared-informer.ts'
import type { ControllerMetrics } from './metrics.ts'

export type ControllerClient = Client

/** What is given to each controller of a term of leadership. What it makes is undone when the term ends. */
export interface ControllerContext {
  readonly client: ControllerClient
  readonly configuration: ControllerManagerConfiguration
  readonly informers: Informers
  readonly resources: ServerResources
  readonly monitors: ResourceMonitors
  readonly metrics: ControllerMetrics
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** Whatever is put here is undone, last first, before the informers end. */
  readonly undo: AsyncDisposableStack
}

export interface ControllerQueueOptions {
  /** Upstream's name of the queue, for metrics. */
  name: string
  process(key: string, signal: AbortSignal): Promise<Outcome>
  concurrency?: number
  /** No key is worked on before these have synced. */
  after: readonly Pick<SharedInformer<unknown>, 'synced'>[]
  /** A key that has failed this often in a row is dropped until its object changes. Default: never. */
  maxRetries?: number
}

/** A work queue with metrics whose work waits for the informers it reads. */
export function controllerQueue(context: ControllerContext, options: ControllerQueueOptions): WorkQueue {
  const { clock, logger } = context
  const { name, concurrency = 1, maxRetries = Number.POSITIVE_INFINITY } = options
  const metrics = context.metrics.queue(name)
  const limiter = createRateLimiter({ clock })
  let ready = false
  const synced = Promise.all(options.after.map(informer => informer.synced)).then(() => {
    ready = true
  })
  synced.catch(() => undefined) // the term ended before
  return context.undo.use(
    createWorkQueue({
      name,
      concurrency,
      rateLimiter: limiter,
      metrics,
      clock,
      logger,
      async process(key, signal) {
        if (!ready) await settled(synced, signal)
        if (signal.aborted) return undefined
        const done = metrics.working(clock.now())
        try {
          return await options.process(key, signal)
        } catch (err) {
          if (limiter.failures(key) < maxRetries || signal.aborted) throw err
          logger.error({ err, queue: name, key }, 'Dropping the key out of the queue')
          return undefined
        } finally {
          done()
        }
      },
    }),
  )
}

/** Events in the name of a controller. */
export function controllerEvents(context: ControllerContext, component: string): EventRecorder {
  const { client, clock, random, logger } = context
  return context.undo.use(createEventRecorder({ client, component, clock, random, logger }))
}

/** Calls `run` every `ms`, for as long as the term lasts. */
export function every(context: ControllerContext, ms: number, run: () => void): void {
  let cancel = () => {}
  const again = () => {
    cancel = context.clock.after(ms, () => {
      run()
      again()
    })
  }
  again()
  context.undo.defer(() => cancel())
}

/** `namespace/name` of a queue's key. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return slash === -1 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** Resolves when the promise is settled or the signal aborts, whichever is first. */
async function settled(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const aborted = Promise.withResolvers<void>()
  const stop = () => aborted.resolve()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([promise.then(undefined, () => aborted.promise), aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
