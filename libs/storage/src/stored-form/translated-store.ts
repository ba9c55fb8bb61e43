import { DelegatingStore } from '../delegating-store.ts'
import { UnreadableValueError } from '../encryption/transformer.ts'
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

/** How values lie in the store, and how everybody above wants them. */
export interface StoredForms {
  /** What is wanted, of what lies there: the argument itself where that is it already. Throws what cannot be read. */
  read(key: string, stored: Uint8Array): Uint8Array
  /** What is to lie there. Absent, or the argument itself: what is wanted is also what is stored. */
  write?(key: string, wanted: Uint8Array): Uint8Array
}

/**
 * A store that may hold values in other forms than those above know: what another api-server wrote in protobuf, or in another version.
 * A value that would be written otherwise today is `stale` where the store itself is asked for it. What cannot be read disturbs no other.
 */
export function translatedStore(store: KeyValueStore, forms: StoredForms): KeyValueStore {
  return new TranslatedStore(store, forms)
}

class TranslatedStore extends DelegatingStore {
  readonly #forms: StoredForms
  readonly #own = new OwnWrites()

  constructor(store: KeyValueStore, forms: StoredForms) {
    super(store)
    this.#forms = forms
  }

  override async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    const { kv, revision } = await this.store.get(key, options)
    return { kv: kv && this.#judged(kv), revision }
  }

  override async range(options: RangeOptions): Promise<RangeResult> {
    const result = await this.store.range(options)
    return { ...result, kvs: result.kvs.map(kv => this.#shown(kv)) }
  }

  override scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    return this.store.scan(range, (kv, place) => visit(this.#shown(kv), place))
  }

  override put(write: CompareAndPut): Promise<WriteResult> {
    const value = this.#written(write.key, write.value)
    return this.#result(value === write.value ? write : { ...write, value }, write.value)
  }

  override async delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.#judgedResult(await this.store.delete(write))
  }

  override async createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    if (this.#forms.write === undefined) return this.store.createAll(writes)
    const written = writes.map(({ key, value }) => ({ key, value: this.#written(key, value) }))
    let taken = false
    try {
      taken = await this.store.createAll(written)
      return taken
    } finally {
      if (!taken) for (const { key, value } of written) this.#own.refused(key, value)
    }
  }

  override watch(options: StoreWatchOptions): StoreWatch {
    return this.store.watch({
      ...options,
      onEvents: (events, revision) => {
        // most of the time all are as they are wanted: no new array then
        let shown: StoreEvent[] | undefined
        for (let i = 0; i < events.length; i++) {
          const event = events[i] as StoreEvent
          const one = this.#shownEvent(event)
          if (one === event) continue
          shown ??= [...events]
          shown[i] = one
        }
        return options.onEvents(shown ?? events, revision)
      },
    })
  }

  protected override pendingOf(key: string): { kv: KeyValue | undefined } | undefined {
    const found = this.store.pending?.(key)
    if (found?.kv === undefined) return found
    const kv = this.#shown(found.kv)
    return kv.unreadable === undefined ? { kv } : undefined
  }

  #written(key: string, wanted: Uint8Array): Uint8Array {
    const value = this.#forms.write?.(key, wanted) ?? wanted
    if (value !== wanted) this.#own.wrote(key, value, wanted)
    return value
  }

  async #result(write: CompareAndPut, wanted: Uint8Array): Promise<WriteResult> {
    if (write.value === wanted) return this.#judgedResult(await this.store.put(write))
    let taken = false
    try {
      const result = await this.store.put(write)
      taken = result.ok
      return this.#judgedResult(result)
    } finally {
      if (!taken) this.#own.refused(write.key, write.value)
    }
  }

  #judgedResult(result: WriteResult): WriteResult {
    if (result.ok || result.current === undefined) return result
    return { ...result, current: this.#judged(result.current) }
  }

  /** As `#shown`, and whether it would be written otherwise today: who asks the store itself may want to rewrite it. */
  #judged(kv: KeyValue): KeyValue {
    const shown = this.#shown(kv)
    if (shown.unreadable !== undefined || shown.stale) return shown
    const today = this.#forms.write?.(kv.key, shown.value) ?? shown.value
    return today === kv.value || Buffer.compare(today, kv.value) === 0 ? shown : { ...shown, stale: true }
  }

  #shown(kv: KeyValue): KeyValue {
    if (kv.unreadable !== undefined) return kv
    try {
      const value = this.#own.peek(kv.key, kv.value) ?? this.#forms.read(kv.key, kv.value)
      return value === kv.value ? kv : { ...kv, value }
    } catch (error) {
      return new UnreadableKeyValue(kv, new UnreadableValueError(this.storedKey(kv.key), error))
    }
  }

  #shownEvent(event: StoreEvent): StoreEvent {
    if (event.type === 'delete' || event.unreadable !== undefined) return event
    try {
      const value = this.#own.take(event.key, event.value) ?? this.#forms.read(event.key, event.value)
      return value === event.value ? event : { ...event, value }
    } catch (error) {
      return new UnreadableEvent(event, new UnreadableValueError(this.storedKey(event.key), error))
    }
  }
}
