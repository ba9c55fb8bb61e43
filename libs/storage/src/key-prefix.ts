import { DelegatingStore } from './delegating-store.ts'
import type {
  CompareAndDelete,
  CompareAndPut,
  GetResult,
  KeyValue,
  KeyValueStore,
  RangeOptions,
  RangeResult,
  Revision,
  StoreWatch,
  StoreWatchOptions,
  Visit,
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

class PrefixedStore extends DelegatingStore {
  readonly #prefix: string

  constructor(store: KeyValueStore, prefix: string) {
    super(store)
    this.#prefix = prefix
  }

  override async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    const { kv, revision } = await this.store.get(this.#inner(key), options)
    return { kv: this.#outerOf(kv), revision }
  }

  override async range(options: RangeOptions): Promise<RangeResult> {
    const result = await this.store.range({ ...options, ...this.#bounds(options) })
    return { ...result, kvs: result.kvs.map(kv => ({ ...kv, key: this.#outer(kv.key) })) }
  }

  override storedKey(key: string): string {
    const inner = this.#inner(key)
    return this.store.storedKey?.(inner) ?? inner
  }

  override scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    return this.store.scan(this.#bounds(range), (kv, place, lasting) =>
      visit({ ...kv, key: this.#outer(kv.key) }, place, lasting),
    )
  }

  override put(write: CompareAndPut): Promise<WriteResult> {
    return this.#written(this.store.put({ ...write, key: this.#inner(write.key) }))
  }

  override delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.#written(this.store.delete({ ...write, key: this.#inner(write.key) }))
  }

  override createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    return this.store.createAll(writes.map(({ key, value }) => ({ key: this.#inner(key), value })))
  }

  override watch(options: StoreWatchOptions): StoreWatch {
    return this.store.watch({
      ...options,
      ...this.#bounds(options),
      onEvents: (events, revision) =>
        options.onEvents(
          events.map(event => ({ ...event, key: this.#outer(event.key) })),
          revision,
        ),
    })
  }

  protected override pendingOf(key: string): { kv: KeyValue | undefined } | undefined {
    const found = this.store.pending?.(this.#inner(key))
    return found && { kv: this.#outerOf(found.kv) }
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
