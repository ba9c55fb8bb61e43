import type { KeyValue, KeyValueStore, StoreEvent } from '../key-value-store.ts'
import { TranslatingStore } from '../translating-store.ts'
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

/** A KMS may have to be asked before these can be opened. */
const asksOthers = Buffer.from('k8s:enc:kms:')

/** What `k8s:enc:` begins with, and JSON does not. */
const encryptedByte = 0x6b

class EncryptedStore extends TranslatingStore {
  readonly #transformers: ResourceTransformers
  readonly #kindOf: KindOfKey

  constructor({ store, transformers, kindOf }: EncryptedStoreOptions) {
    super(store)
    this.#transformers = transformers
    this.#kindOf = kindOf
  }

  /** Most servers encrypt nothing: a look at one byte is all that it costs them. */
  #isPlain(value: Uint8Array): boolean {
    return this.#transformers.none && value[0] !== encryptedByte
  }

  /** Values are bound to the key that they really lie under: that is what other api-servers on the store see. */
  #place(key: string, resource: string): Place {
    return { key: this.store.storedKey?.(key) ?? key, resource }
  }

  protected override stored(key: string, plain: Uint8Array): Uint8Array {
    if (this.#transformers.none) return plain
    const kind = this.#kindOf(key)
    if (kind === undefined) return plain
    return this.#transformers.of(kind, kind.name).seal(plain, this.#place(key, kind.name), nothing)
  }

  /** What was just sealed with a key at hand is opened at once. */
  protected override shown(kv: KeyValue): KeyValue | Promise<KeyValue> {
    if (this.#isPlain(kv.value)) return kv
    // what a scan shows is valid only until its visit returns
    const value = beginsWith(kv.value, asksOthers) ? Buffer.from(kv.value) : kv.value
    const opened = this.#open(kv.key, value, error => new UnreadableKeyValue(kv, error))
    if (opened instanceof Promise) return opened.then(one => ('unreadable' in one ? one : withPlain(kv, one)))
    return 'unreadable' in opened ? opened : withPlain(kv, opened)
  }

  protected override shownEvent(event: StoreEvent): StoreEvent | Promise<StoreEvent> {
    if (this.#isPlain(event.value)) return event
    const plain = this.own.take(event.key, event.value)
    if (plain !== undefined) return { ...event, value: plain }
    const opened = this.#open(event.key, event.value, error => new UnreadableEvent(event, error))
    if (opened instanceof Promise) return opened.then(one => ('unreadable' in one ? one : withPlain(event, one)))
    return 'unreadable' in opened ? opened : withPlain(event, opened)
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
function withPlain<T extends KeyValue | StoreEvent>(stored: T, { value, stale }: Opened): T {
  if (value === stored.value && !stale) return stored
  return stale ? { ...stored, value, stale } : { ...stored, value }
}
