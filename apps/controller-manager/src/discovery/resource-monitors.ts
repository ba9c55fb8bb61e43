import type { KubeObject, OwnerReference } from '@kubets/api-types'
import { type Client, type Informer, startInformer } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'
import { apiVersionOf, type ServerResource, type ServerResources } from './server-resources.ts'

/** What is kept of any object of any kind: a few hundred bytes, whatever the object's own size. */
export interface ObjectFacts {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly owners: readonly OwnerReference[]
  readonly deleting: boolean
  readonly finalizers: readonly string[]
}

export interface MonitorHandlers {
  added?(resource: ServerResource, object: ObjectFacts): void
  updated?(resource: ServerResource, object: ObjectFacts, old: ObjectFacts): void
  deleted?(resource: ServerResource, object: ObjectFacts): void
  /** The set of followed collections has changed. */
  resynced?(): void
}

export interface ResourceMonitorsOptions {
  client: Pick<Client, 'list' | 'watch'>
  resources: ServerResources
  /** Milliseconds between looks at what the server has. */
  period: number
  clock: Clock
  random: () => number
  logger: Logger
  onSyncError(): void
}

/** Events come and go by the thousand and own nothing. */
const ignored = new Set(['events', 'events.k8s.io/events'])
/** A new kind is followed this long after its definition changed; the server itself needs a moment. */
const afterDefinition = 500
const definitions = new Set(['customresourcedefinitions', 'apiservices'])
const none: readonly never[] = []

interface Monitor {
  resource: ServerResource
  informer: Informer<ObjectFacts>
}

/**
 * Follows the metadata of every collection that can be deleted, listed and watched, in the version that the server prefers,
 * and looks for new kinds every `period` and when a definition changes. Garbage collector and quota share it. Runs only once somebody subscribed.
 */
export class ResourceMonitors implements AsyncDisposable {
  readonly #options: ResourceMonitorsOptions
  readonly #subscribers: MonitorHandlers[] = []
  readonly #monitors = new Map<string, Monitor>()
  readonly #stopping = new AbortController()
  readonly #synced = Promise.withResolvers<void>()
  #cancel = () => {}
  #dueAt = Number.POSITIVE_INFINITY
  #looking: Promise<void> | undefined
  #started = false

  constructor(options: ResourceMonitorsOptions) {
    this.#options = options
    this.#synced.promise.catch(() => undefined)
  }

  subscribe(handlers: MonitorHandlers): void {
    this.#subscribers.push(handlers)
  }

  /** The first set of collections has been read. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  start(): void {
    if (this.#started || this.#subscribers.length === 0) return
    this.#started = true
    this.#resync()
    const first = Promise.all([...this.#monitors.values()].map(({ informer }) => informer.synced))
    first.then(() => this.#synced.resolve(), this.#synced.reject)
    this.#lookAfter(this.#options.period)
  }

  hasSynced(): boolean {
    return [...this.#monitors.values()].every(({ informer }) => informer.hasSynced())
  }

  get followed(): Iterable<ServerResource> {
    return [...this.#monitors.values()].map(({ resource }) => resource)
  }

  #lookAfter(ms: number): void {
    if (this.#stopping.signal.aborted) return
    const { clock } = this.#options
    const at = clock.now() + ms
    if (at >= this.#dueAt) return
    this.#cancel()
    this.#dueAt = at
    this.#cancel = clock.after(ms, () => {
      this.#dueAt = Number.POSITIVE_INFINITY
      this.#looking = this.#look()
    })
  }

  async #look(): Promise<void> {
    const { resources, logger, onSyncError, period } = this.#options
    try {
      await resources.refresh(this.#stopping.signal)
      if (!this.#stopping.signal.aborted) this.#resync()
    } catch (err) {
      if (this.#stopping.signal.aborted) return
      logger.warn({ err }, 'Resources could not be discovered, will be tried again')
      onSyncError()
    }
    this.#lookAfter(period)
  }

  #resync(): void {
    const wanted = new Map<string, ServerResource>()
    for (const resource of this.#options.resources.current.resources)
      if (isDeletable(resource)) wanted.set(`${apiVersionOf(resource)}/${resource.resource}`, resource)
    let changed = false
    for (const [key, resource] of wanted)
      if (!this.#monitors.has(key)) {
        this.#monitors.set(key, { resource, informer: this.#follow(resource) })
        changed = true
      }
    for (const [key, { informer }] of this.#monitors)
      if (!wanted.has(key)) {
        this.#monitors.delete(key)
        // as upstream: what was known of a kind that is gone stays known; its owner references are asked for at the server
        void informer[Symbol.asyncDispose]()
        changed = true
      }
    if (changed) for (const handlers of this.#subscribers) handlers.resynced?.()
  }

  #follow(resource: ServerResource): Informer<ObjectFacts> {
    const { client, clock, random, logger } = this.#options
    const isDefinition = definitions.has(resource.resource)
    const noticed = () => {
      if (isDefinition) this.#lookAfter(afterDefinition)
    }
    return startInformer<KubeObject, ObjectFacts>({
      client,
      ref: resource,
      metadataOnly: true,
      project: toFacts,
      clock,
      random,
      logger,
      handlers: {
        added: object => {
          for (const handlers of this.#subscribers) handlers.added?.(resource, object)
          noticed()
        },
        updated: (object, old) => {
          for (const handlers of this.#subscribers) handlers.updated?.(resource, object, old)
          noticed()
        },
        deleted: object => {
          for (const handlers of this.#subscribers) handlers.deleted?.(resource, object)
          noticed()
        },
      },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#cancel()
    await this.#looking
    await Promise.all([...this.#monitors.values()].map(({ informer }) => informer[Symbol.asyncDispose]()))
    this.#synced.reject(new Error('the monitors were ended'))
  }
}

function isDeletable({ group, resource, verbs, preferred }: ServerResource): boolean {
  if (!preferred || ignored.has(group === '' ? resource : `${group}/${resource}`)) return false
  return verbs.has('delete') && verbs.has('list') && verbs.has('watch')
}

function toFacts({ metadata = {} }: KubeObject): ObjectFacts {
  const { uid = '', name = '', namespace = '', ownerReferences, finalizers, deletionTimestamp } = metadata
  return {
    uid,
    name,
    namespace,
    owners: ownerReferences && ownerReferences.length > 0 ? ownerReferences : none,
    deleting: deletionTimestamp !== undefined && deletionTimestamp !== null,
    finalizers: finalizers && finalizers.length > 0 ? finalizers : none,
  }
}
