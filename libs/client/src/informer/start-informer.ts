import type { KubeObject } from '@kubets/api-types'
import { type Clock, type Logger, silentLogger, sleep, systemClock } from '@kubets/component'
import type { Reader, ResourceRef } from '../contract.ts'
import { ConnectionError } from '../transport/errors.ts'
import { backOff } from './back-off.ts'
import { Reflector } from './reflector.ts'
import { cacheKey, type IndexFunction, type Lister, Store } from './store.ts'

/** Called in the order of changes, one at a time, after the lister shows the change. Must not block; a throw is logged. */
export interface InformerHandlers<P> {
  added?(object: P): void
  updated?(object: P, old: P): void
  /** `object` is the last state seen; after a lost watch the object may have changed in between. */
  deleted?(object: P): void
}

export interface InformerOptions<T extends KubeObject, P> {
  client: Pick<Reader, 'list' | 'watch'>
  ref: ResourceRef
  namespace?: string
  fieldSelector?: string
  labelSelector?: string
  /** Follows PartialObjectMetadata: the server sends neither spec nor status nor data. */
  metadataOnly?: boolean
  /** What is kept of each object. Default: the object without `managedFields`. Name only the fields that you read. */
  project?: (object: T) => P
  /** Named ways to find objects by a value, for `lister.byIndex`. */
  indexes?: Readonly<Record<string, IndexFunction<P>>>
  handlers?: InformerHandlers<P>
  /** Ends the informer, as disposing it does. */
  signal?: AbortSignal
  clock?: Clock
  random?: () => number
  logger?: Logger
}

/** A local copy of a collection that follows the server. */
export interface Informer<P> extends AsyncDisposable {
  readonly lister: Lister<P>
  /** Resolves when the first complete state is in the lister and `added` was called for all of it; rejects when ended before. */
  readonly synced: Promise<void>
  hasSynced(): boolean
}

/** Milliseconds between attempts after failures, doubled; a third of each pause is random. */
const MIN_PAUSE = 100
const MAX_PAUSE = 10_000

/** Starts following; returns at once. Failures are logged and tried again until the signal or the owner ends it. */
export function startInformer<T extends KubeObject, P = T>(options: InformerOptions<T, P>): Informer<P> {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const logger = options.logger ?? silentLogger()
  const { ref } = options
  const project = options.project ?? ((object: T) => object as unknown as P)
  const ended = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal
  const handlers = options.handlers ?? {}
  const store = new Store<P>(options.indexes)
  const synced = Promise.withResolvers<void>()
  synced.promise.catch(() => undefined) // not everyone waits for it
  let hasSynced = false

  const call = <A extends unknown[]>(handler: ((...args: A) => void) | undefined, ...args: A) => {
    try {
      handler?.apply(handlers, args)
    } catch (err) {
      logger.error({ err, resource: ref.resource }, 'Informer handler failed')
    }
  }
  const upsert = (object: KubeObject) => {
    const { resourceVersion = '' } = object.metadata ?? {}
    const key = cacheKey(object.metadata as { name: string; namespace?: string })
    const old = store.at(key)
    if (old !== undefined && old.resourceVersion === resourceVersion) return key
    const now = project(object as T)
    store.set(key, now, resourceVersion)
    if (old === undefined) call(handlers.added, now)
    else call(handlers.updated, now, old.object)
    return key
  }
  const remove = (key: string, last: P) => {
    store.delete(key)
    call(handlers.deleted, last)
  }

  const reflector = new Reflector({
    client: options.client,
    ref,
    random,
    signal,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.metadataOnly ? { metadataOnly: true } : {}),
    reduce(object) {
      if (object.metadata) delete object.metadata.managedFields
      return object
    },
    sink: {
      replace(items) {
        const present = new Set<string>()
        for (const item of items) present.add(upsert(item))
        for (const key of [...store.keys()])
          if (!present.has(key)) {
            const entry = store.at(key)
            if (entry !== undefined) remove(key, entry.object)
          }
        hasSynced = true
        synced.resolve()
      },
      apply(type, object) {
        if (type !== 'DELETED') upsert(object)
        else {
          const key = cacheKey(object.metadata as { name: string; namespace?: string })
          if (store.at(key) !== undefined) remove(key, project(object as T))
        }
      },
    },
  })

  async function run(): Promise<void> {
    const pause = backOff({ clock, random, min: MIN_PAUSE, max: MAX_PAUSE, signal })
    while (!signal.aborted) {
      try {
        await reflector.run()
      } catch (err) {
        if (signal.aborted) break
        logger.warn({ err, resource: ref.resource }, 'Watch failed, will be tried again')
        if (err instanceof ConnectionError) {
          // the connection paces its dials itself; a pause that has grown would only delay the news of the server's return
          await sleep(MIN_PAUSE * (0.5 + random() / 2), signal, clock)
          continue
        }
      }
      // a watch that ends by its own timeout has lasted, so its pause is the shortest
      await pause()
    }
    if (!hasSynced) synced.reject(new Error(`the informer of ${ref.resource} was ended before it had synced`))
  }

  const done = run()
  return {
    lister: store,
    synced: synced.promise,
    hasSynced: () => hasSynced,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done
    },
  }
}
