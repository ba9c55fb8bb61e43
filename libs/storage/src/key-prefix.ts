import type {
  CompareAndDelete,
  CompareAndPut,
  GetResult,
  KeyValue,
  KeyValueStore,
  LeaseId,
  LeaseInfo,
  RangeOptions,
  RangeResult,
  Revision,
  StoreWatch,
  StoreWatchOptions,
  WriteResult,
} from './key-value-store.ts'
import { prefixEnd } from './key-value-store.ts'

/** What all keys of objects begin with, for everybody above the store. */
export const storePrefix = '/registry/'

/** `--etcd-prefix` as upstream reads it: with one slash at either end; nothing means the root. */
export function normalizedPrefix(prefix: string): string {
  const parts: string[] = []
  for (const part of prefix.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.length === 0 ? '/' : `/${parts.join('/')}/`
}

/**
 * A store that keeps what callers call `/registry/…` under another prefix. Keys outside `/registry/` (the one that servers agree on
 * compaction by) stay as they are. What authenticates a value by its key asks for the real one (`storedKey`).
 */
export function withKeyPrefix(store: KeyValueStore, prefix: string): KeyValueStore {
  return new PrefixedStore(store, normalizedPrefix(prefix))
}

class PrefixedStore implements KeyValueStore {
  readonly #store: KeyValueStore
  readonly #prefix: string
  /** Only of stores that have it: callers look whether it is there. */
  readonly pending?: (key: string) => { kv: KeyValue | undefined } | undefined

  constructor(store: KeyValueStore, prefix: string) {
    this.#store = store
    this.#prefix = prefix
    if (store.pending !== undefined)
      this.pending = key => {
        const found = store.pending?.(this.#inner(key))
        return found && { kv: this.#outerOf(found.kv) }
      }
  }

  get knownRevision(): Revision | undefined {
    return this.#store.knownRevision
  }

  async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    const { kv, revision } = await this.#store.get(this.#inner(key), options)
    return { kv: this.#outerOf(kv), revision }
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    const result = await this.#store.range({ ...options, ...this.#bounds(options) })
    return { ...result, kvs: result.kvs.map(kv => ({ ...kv, key: this.#outer(kv.key) })) }
  }

  storedKey(key: string): string {
    const inner = this.#inner(key)
    return this.#store.storedKey?.(inner) ?? inner
  }

  scan(range: { start: string; end: string }, visit: (kv: KeyValue) => void | Promise<void>): Promise<Revision> {
    return this.#store.scan(this.#bounds(range), kv => visit({ ...kv, key: this.#outer(kv.key) }))
  }

  put(write: CompareAndPut): Promise<WriteResult> {
    return this.#written(this.#store.put({ ...write, key: this.#inner(write.key) }))
  }

  delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.#written(this.#store.delete({ ...write, key: this.#inner(write.key) }))
  }

  createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    return this.#store.createAll(writes.map(({ key, value }) => ({ key: this.#inner(key), value })))
  }

  grantLease(ttl: number): Promise<LeaseId> {
    return this.#store.grantLease(ttl)
  }

  keepLeaseAlive(id: LeaseId): Promise<void> {
    return this.#store.keepLeaseAlive(id)
  }

  revokeLease(id: LeaseId): Promise<void> {
    return this.#store.revokeLease(id)
  }

  leases(): Promise<LeaseInfo[]> {
    return this.#store.leases()
  }

  watch(options: StoreWatchOptions): StoreWatch {
    return this.#store.watch({
      ...options,
      ...this.#bounds(options),
      onEvents: (events, revision) =>
        options.onEvents(
          events.map(event => ({ ...event, key: this.#outer(event.key) })),
          revision,
        ),
    })
  }

  compact(revision: Revision): Promise<void> {
    return this.#store.compact(revision)
  }

  revision(): Promise<Revision> {
    return this.#store.revision()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #inner(key: string): string {
    if (key.startsWith(storePrefix)) return this.#prefix + key.slice(storePrefix.length)
    // where the range of everything ends
    return key === prefixEnd(storePrefix) ? prefixEnd(this.#prefix) : key
  }

  #outer(key: string): string {
    return key.startsWith(this.#prefix) ? storePrefix + key.slice(this.#prefix.length) : key
  }

  #outerOf(kv: KeyValue | undefined): KeyValue | undefined {
    return kv && { ...kv, key: this.#outer(kv.key) }
  }

  #bounds({ start, end }: { start: string; end: string }): { start: string; end: string } {
    return { start: this.#inner(start), end: this.#inner(end) }
  }

  async #written(pending: Promise<WriteResult>): Promise<WriteResult> {
    const result = await pending
    return result.ok ? result : { ...result, current: this.#outerOf(result.current) }
  }
}
