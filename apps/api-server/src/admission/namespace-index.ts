import type { KubeObject } from '@kubets/api-types'
import { type CacheEvent, type Entry, ExpiredError, prefixEnd, type WatchCache } from '@kubets/storage'

interface Held<T> {
  readonly entry: Entry
  /** Decoded when it is first asked for, once for each revision. */
  value: T | undefined
}

/**
 * The objects of one kind by namespace, for plugins that every write asks: a namespace without any costs one look into a map. It
 * follows the watch cache from the first question on, for as long as that lives; one that lost its watch is built anew.
 */
export class NamespaceIndex<T> {
  readonly #cache: WatchCache
  readonly #prefix: string
  readonly #read: (object: KubeObject) => T
  readonly #never = new AbortController().signal
  #namespaces: Map<string, Map<string, Held<T>>> | undefined

  /** `prefix` is the kind's in the store: `/registry/limitranges/`. */
  constructor(cache: WatchCache, prefix: string, read: (object: KubeObject) => T) {
    this.#cache = cache
    this.#prefix = prefix
    this.#read = read
  }

  /** In the order of their names. */
  list(namespace: string): readonly T[] {
    const held = (this.#namespaces ?? this.#build()).get(namespace)
    if (held === undefined) return none
    return [...held]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, each]) => {
        each.value ??= this.#read(decode(each.entry))
        return each.value
      })
  }

  #build(): Map<string, Map<string, Held<T>>> {
    const namespaces = new Map<string, Map<string, Held<T>>>()
    const range = { start: this.#prefix, end: prefixEnd(this.#prefix) }
    const snapshot = this.#cache.snapshot()
    for (const entry of snapshot.range(range.start, range.end)) this.#put(namespaces, entry)
    try {
      this.#cache.watch({
        ...range,
        after: snapshot.revision,
        onEvents: events => this.#apply(namespaces, events),
        onEnd: () => {
          if (this.#namespaces === namespaces) this.#namespaces = undefined
        },
        signal: this.#never,
      })
      this.#namespaces = namespaces
    } catch (error) {
      // the cache is being rebuilt: this answer is as good as it can be, and the next question tries again
      if (!(error instanceof ExpiredError)) throw error
    }
    return namespaces
  }

  #apply(namespaces: Map<string, Map<string, Held<T>>>, events: readonly CacheEvent[]): void {
    for (const { type, entry } of events) {
      if (type !== 'DELETED') this.#put(namespaces, entry)
      else {
        const [namespace, name] = this.#place(entry)
        const held = namespaces.get(namespace)
        held?.delete(name)
        if (held?.size === 0) namespaces.delete(namespace)
      }
    }
  }

  #put(namespaces: Map<string, Map<string, Held<T>>>, entry: Entry): void {
    // not ours: shown to nobody, and stops nobody
    if (entry.bytes[0] !== 0x7b) return
    const [namespace, name] = this.#place(entry)
    const held = namespaces.get(namespace) ?? new Map<string, Held<T>>()
    namespaces.set(namespace, held.set(name, { entry, value: undefined }))
  }

  #place({ key }: Entry): [namespace: string, name: string] {
    const slash = key.indexOf('/', this.#prefix.length)
    return [key.slice(this.#prefix.length, slash), key.slice(slash + 1)]
  }
}

const none: readonly never[] = []

function decode({ bytes, modRevision }: Entry): KubeObject {
  const object = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as KubeObject
  object.metadata = { ...object.metadata, resourceVersion: String(modRevision) }
  return object
}
