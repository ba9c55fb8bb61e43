import { DelegatingStore } from '../delegating-store.ts'
import type {
  CompareAndDelete,
  CompareAndPut,
  GetResult,
  KeyValue,
  KeyValueStore,
  RangeOptions,
  RangeResult,
  Revision,
  StoreEvent,
  StoreWatch,
  StoreWatchOptions,
  Visit,
  WriteResult,
} from '../key-value-store.ts'
import { OwnWrites } from '../own-writes.ts'
import { UnreadableEvent, UnreadableKeyValue } from '../unreadable-value.ts'
import { beginsWith } from './prefix-transformers.ts'
import type { KindOfKey, ResourceTransformers } from './resource-transformers.ts'
import { nothing, type Opened, type Place, UnreadableValueError } from './transformer.ts'

export interface EncryptedStoreOptions {
  store: KeyValueStore
  transformers: ResourceTransformers
  kindOf: KindOfKey
}

/**
 * A store whose values are sealed on their way in and opened on their way out: below it lie ciphertexts, above it, in the watch cache too, what
 * they mean. What cannot be opened comes out as an {@link KeyValue.unreadable} key-value and disturbs no other.
 */
export function encryptedStore(options: EncryptedStoreOptions): KeyValueStore {
  return new EncryptedStore(options)
}

/** A KMS may have to be asked before these can be opened, and what a scan shows is valid only until its visit returns. */
const asksOthers = Buffer.from('k8s:enc:kms:')

/** What `k8s:enc:` begins with, and JSON does not. */
const encryptedByte = 0x6b

class EncryptedStore extends DelegatingStore {
  readonly #transformers: ResourceTransformers
  readonly #kindOf: KindOfKey
  readonly #own = new OwnWrites()

  constructor({ store, transformers, kindOf }: EncryptedStoreOptions) {
    super(store)
    this.#transformers = transformers
    this.#kindOf = kindOf
  }

  override async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    const { kv, revision } = await this.store.get(key, options)
    return { kv: kv && (await this.#opened(kv)), revision }
  }

  override async range(options: RangeOptions): Promise<RangeResult> {
    const result = await this.store.range(options)
    const kvs: KeyValue[] = []
    for (const kv of result.kvs) {
      const opened = this.#opened(kv)
      kvs.push(opened instanceof Promise ? await opened : opened)
    }
    return { ...result, kvs }
  }

  override scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    return this.store.scan(range, (kv, place) => {
      if (this.#isPlain(kv.value)) return visit(kv, place)
      const mine = beginsWith(kv.value, asksOthers) ? { ...kv, value: Buffer.from(kv.value) } : kv
      const opened = this.#opened(mine)
      return opened instanceof Promise ? opened.then(one => visit(one, place)) : visit(opened, place)
    })
  }

  override async put(write: CompareAndPut): Promise<WriteResult> {
    const value = this.#sealed(write.key, write.value)
    if (value === write.value) return this.#result(await this.store.put(write))
    let taken = false
    try {
      const result = await this.store.put({ ...write, value })
      taken = result.ok
      return this.#result(result)
    } finally {
      if (!taken) this.#own.refused(write.key, value)
    }
  }

  override async delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.#result(await this.store.delete(write))
  }

  override async createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    const sealed = writes.map(({ key, value }) => ({ key, value: this.#sealed(key, value) }))
    let taken = false
    try {
      taken = await this.store.createAll(sealed)
      return taken
    } finally {
      if (!taken) for (const { key, value } of sealed) this.#own.refused(key, value)
    }
  }

  override watch(options: StoreWatchOptions): StoreWatch {
    return this.store.watch({
      ...options,
      onEvents: (events, revision) => {
        if (this.#transformers.none && events.every(event => event.value[0] !== encryptedByte))
          return options.onEvents(events, revision)
        const opened = events.map(event => this.#openedEvent(event))
        if (!opened.some(one => one instanceof Promise)) return options.onEvents(opened as StoreEvent[], revision)
        return Promise.all(opened).then(all => options.onEvents(all, revision))
      },
    })
  }

  /** What was just sealed with a key at hand is opened at once; nothing is told of a value for which that does not hold. */
  protected override pendingOf(key: string): { kv: KeyValue | undefined } | undefined {
    const found = this.store.pending?.(key)
    if (found?.kv === undefined) return found
    const opened = this.#opened(found.kv)
    return opened instanceof Promise || opened.unreadable !== undefined ? undefined : { kv: opened }
  }

  /** Most servers encrypt nothing: a look at one byte is all that it costs them. */
  #isPlain(value: Uint8Array): boolean {
    return this.#transformers.none && value[0] !== encryptedByte
  }

  /** Values are bound to the key that they really lie under: that is what other api-servers on the store see. */
  #place(key: string, resource: string): Place {
    return { key: this.store.storedKey?.(key) ?? key, resource }
  }

  #sealed(key: string, plain: Uint8Array): Uint8Array {
    if (this.#transformers.none) return plain
    const kind = this.#kindOf(key)
    if (kind === undefined) return plain
    const sealed = this.#transformers.of(kind, kind.name).seal(plain, this.#place(key, kind.name), nothing)
    if (sealed !== plain) this.#own.wrote(key, sealed, plain)
    return sealed
  }

  async #result(result: WriteResult): Promise<WriteResult> {
    if (result.ok || result.current === undefined) return result
    return { ...result, current: await this.#opened(result.current) }
  }

  #opened(kv: KeyValue): KeyValue | Promise<KeyValue> {
    if (this.#isPlain(kv.value)) return kv
    const opened = this.#open(kv.key, kv.value, error => new UnreadableKeyValue(kv, error))
    if (opened instanceof Promise) return opened.then(one => ('unreadable' in one ? one : shown(kv, one)))
    return 'unreadable' in opened ? opened : shown(kv, opened)
  }

  #openedEvent(event: StoreEvent): StoreEvent | Promise<StoreEvent> {
    if (event.type === 'delete' || this.#isPlain(event.value)) return event
    const plain = this.#own.take(event.key, event.value)
    if (plain !== undefined) return { ...event, value: plain }
    const opened = this.#open(event.key, event.value, error => new UnreadableEvent(event, error))
    if (opened instanceof Promise) return opened.then(one => ('unreadable' in one ? one : shown(event, one)))
    return 'unreadable' in opened ? opened : shown(event, opened)
  }

  #open<U>(
    key: string,
    value: Uint8Array,
    unreadable: (error: UnreadableValueError) => U,
  ): Opened | U | Promise<Opened | U> {
    const kind = this.#kindOf(key)
    if (kind === undefined) return { value, stale: false }
    const place = this.#place(key, kind.name)
    const failed = (error: unknown) => unreadable(new UnreadableValueError(place.key, error))
    try {
      const opened = this.#transformers.of(kind, kind.name).open(value, place)
      return opened instanceof Promise ? opened.catch(failed) : opened
    } catch (error) {
      return failed(error)
    }
  }
}

/** The same with what it means; itself where that is what it was. */
function shown<T extends KeyValue | StoreEvent>(stored: T, { value, stale }: Opened): T {
  if (value === stored.value && !stale) return stored
  return stale ? { ...stored, value, stale } : { ...stored, value }
}
