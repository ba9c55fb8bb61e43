import type { KubeObject } from '@kubets/api-types'
import { ApiError, isExpired } from '@kubets/apimachinery'
import type { ListOptions, Reader, ResourceRef, WatchEvent } from '../contract.ts'

/** What a reflector tells its owner, in the order in which the server's state changed. */
export interface ReflectorSink {
  /** The complete state at a revision: what is not in it is gone. */
  replace(items: Iterable<KubeObject>, resourceVersion: string): void
  /** One change, `resourceVersion` being the object's. */
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void
}

export interface ReflectorOptions {
  client: Pick<Reader, 'list' | 'watch'>
  ref: ResourceRef
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  metadataOnly?: boolean
  sink: ReflectorSink
  random: () => number
  signal: AbortSignal
  /** Reduces an object as soon as it is decoded, so that a first list of many never stands in memory whole. */
  reduce: (object: KubeObject) => KubeObject
}

/** Objects a page when the server cannot stream the first list; client-go's pager uses the same. */
const PAGE = 500
/** Seconds; each watch lasts between one and two of these, so that reconnects spread. As client-go's. */
const MIN_WATCH_SECONDS = 300
/** On the bookmark that ends a streamed first list (KEP-3157). */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** Follows one collection. Each call of `run` lists where it must and watches until the stream ends, then returns. */
export class Reflector {
  readonly #options: ReflectorOptions
  /** Where the next watch continues; empty when the state must be read anew. */
  #resourceVersion = ''
  #streams = true

  constructor(options: ReflectorOptions) {
    this.#options = options
  }

  /** Throws what the client throws; the caller pauses and calls again. After "too old" the next run reads anew. */
  async run(): Promise<void> {
    try {
      if (this.#resourceVersion === '') {
        if (this.#streams && (await this.#streamFirst())) return
        if (this.#options.signal.aborted) return
        await this.#list()
      }
      await this.#follow(this.#watch({ resourceVersion: this.#resourceVersion }))
    } catch (error) {
      if (isExpired(error)) this.#resourceVersion = ''
      throw error
    }
  }

  /** First list and watch in one stream; `false` when this server cannot, `true` when the stream has ended. */
  async #streamFirst(): Promise<boolean> {
    const initial = new Map<string, KubeObject>()
    let complete = false
    const events = this.#watch({ sendInitialEvents: true })
    try {
      for await (const event of events) {
        if (complete) {
          this.#take(event)
          continue
        }
        if (event.type === 'ERROR') throw watchError(event.object)
        const object = event.object as KubeObject
        const key = `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`
        if (event.type === 'BOOKMARK') {
          if (object.metadata?.annotations?.[INITIAL_EVENTS_END] !== 'true') continue
          complete = true
          this.#resourceVersion = object.metadata.resourceVersion ?? ''
          this.#options.sink.replace(initial.values(), this.#resourceVersion)
          initial.clear()
        } else if (event.type === 'DELETED') initial.delete(key)
        else initial.set(key, this.#options.reduce(object))
      }
    } catch (error) {
      // an older server answers 400 or 422 to sendInitialEvents: from now on list first
      if (!complete && error instanceof ApiError && [400, 415, 422].includes(error.code)) {
        this.#streams = false
        return false
      }
      throw error
    }
    if (!complete && !this.#options.signal.aborted)
      throw new Error('the watch ended before its initial events were complete')
    return true
  }

  async #list(): Promise<void> {
    const { client, ref, namespace, labelSelector, fieldSelector, metadataOnly, signal, reduce } = this.#options
    const items: KubeObject[] = []
    let next: string | undefined
    let resourceVersion = ''
    do {
      const options: ListOptions = { limit: PAGE, signal }
      if (namespace !== undefined) options.namespace = namespace
      if (labelSelector !== undefined) options.labelSelector = labelSelector
      if (fieldSelector !== undefined) options.fieldSelector = fieldSelector
      if (metadataOnly) options.metadataOnly = true
      if (next !== undefined) options.continue = next
      const page = await client.list<KubeObject>(ref, options)
      for (const item of page.items) items.push(reduce(item))
      resourceVersion = page.metadata.resourceVersion ?? ''
      next = page.metadata.continue
    } while (next)
    this.#resourceVersion = resourceVersion
    this.#options.sink.replace(items, resourceVersion)
  }

  #watch(from: { resourceVersion?: string; sendInitialEvents?: boolean }): AsyncIterable<WatchEvent<KubeObject>> {
    const { client, ref, namespace, labelSelector, fieldSelector, metadataOnly, signal, random } = this.#options
    return client.watch<KubeObject>(ref, {
      ...from,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(metadataOnly ? { metadataOnly } : {}),
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(MIN_WATCH_SECONDS * (1 + random())),
      signal,
    })
  }

  async #follow(events: AsyncIterable<WatchEvent<KubeObject>>): Promise<void> {
    for await (const event of events) this.#take(event)
  }

  #take(event: WatchEvent<KubeObject>): void {
    if (event.type === 'ERROR') throw watchError(event.object)
    const { resourceVersion } = event.object.metadata ?? {}
    if (event.type !== 'BOOKMARK') this.#options.sink.apply(event.type, this.#options.reduce(event.object))
    if (resourceVersion !== undefined) this.#resourceVersion = resourceVersion
  }
}

function watchError(object: unknown): ApiError {
  return new ApiError(object as ConstructorParameters<typeof ApiError>[0])
}
