import { DelegatingStore } from './delegating-store.ts'
import type {
  CompareAndDelete,
  CompareAndPut,
  GetResult,
  KeyValue,
  RangeOptions,
  RangeResult,
  Revision,
  StoreEvent,
  StoreWatch,
  StoreWatchOptions,
  Visit,
  WriteResult,
} from './key-value-store.ts'
import { OwnWrites } from './own-writes.ts'

/**
 * A store below which values are other bytes than above it: sealed, or in another form. Who extends it says how one becomes the other; what was
 * just written is remembered, so that its event need not be turned back. Where nothing has to be waited for, nothing is: the
 * answers' promises are the store's own.
 */
export abstract class TranslatingStore extends DelegatingStore {
  protected readonly own = new OwnWrites()

  /** What is to lie there: the argument itself where that is it already. */
  protected abstract stored(key: string, wanted: Uint8Array): Uint8Array

  /** What is wanted, of what lies there: the argument itself where that is it. What cannot be read is `unreadable`, and disturbs no other. */
  protected abstract shown(kv: KeyValue): KeyValue | Promise<KeyValue>

  /** The same of an event that tells what was put. */
  protected abstract shownEvent(event: StoreEvent): StoreEvent | Promise<StoreEvent>

  /** As `shown`, for those who ask the store itself: they may want to know whether it would lie otherwise today (`stale`). */
  protected judged(kv: KeyValue): KeyValue | Promise<KeyValue> {
    return this.shown(kv)
  }

  override async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    const { kv, revision } = await this.store.get(key, options)
    return { kv: kv && (await this.judged(kv)), revision }
  }

  override async range(options: RangeOptions): Promise<RangeResult> {
    const result = await this.store.range(options)
    const kvs: KeyValue[] = []
    for (const kv of result.kvs) {
      const shown = this.shown(kv)
      kvs.push(shown instanceof Promise ? await shown : shown)
    }
    return { ...result, kvs }
  }

  override scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    return this.store.scan(range, (kv, place, lasting) => {
      const shown = this.shown(kv)
      if (shown instanceof Promise) return shown.then(one => visit(one, place))
      return visit(shown, place, lasting && shown === kv)
    })
  }

  override put(write: CompareAndPut): Promise<WriteResult> {
    let value: Uint8Array
    try {
      value = this.#written(write.key, write.value)
    } catch (error) {
      return Promise.reject(error)
    }
    return value === write.value ? this.store.put(write).then(this.#result) : this.#put(write, value)
  }

  async #put(write: CompareAndPut, value: Uint8Array): Promise<WriteResult> {
    let taken = false
    try {
      const result = await this.store.put({ ...write, value })
      taken = result.ok
      return this.#result(result)
    } finally {
      if (!taken) this.own.refused(write.key, value)
    }
  }

  override async delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.#result(await this.store.delete(write))
  }

  override async createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    const written = writes.map(({ key, value }) => ({ key, value: this.#written(key, value) }))
    let taken = false
    try {
      taken = await this.store.createAll(written)
      return taken
    } finally {
      if (!taken) for (const { key, value } of written) this.own.refused(key, value)
    }
  }

  override watch(options: StoreWatchOptions): StoreWatch {
    return this.store.watch({
      ...options,
      onEvents: (events, revision) => {
        // most of the time all are as they are wanted: no new array then
        let shown: (StoreEvent | Promise<StoreEvent>)[] | undefined
        let waits = false
        for (let i = 0; i < events.length; i++) {
          const event = events[i] as StoreEvent
          const one = event.type === 'delete' ? event : this.shownEvent(event)
          if (one === event) continue
          shown ??= [...events]
          shown[i] = one
          waits ||= one instanceof Promise
        }
        if (waits && shown) return Promise.all(shown).then(all => options.onEvents(all, revision))
        return options.onEvents((shown as StoreEvent[] | undefined) ?? events, revision)
      },
    })
  }

  /** Nothing is told of a value that cannot be shown at once. */
  protected override pendingOf(key: string): { kv: KeyValue | undefined } | undefined {
    const found = super.pendingOf(key)
    if (found?.kv === undefined) return found
    const kv = this.shown(found.kv)
    return kv instanceof Promise || kv.unreadable !== undefined ? undefined : { kv }
  }

  #written(key: string, wanted: Uint8Array): Uint8Array {
    const value = this.stored(key, wanted)
    if (value !== wanted) this.own.wrote(key, value, wanted)
    return value
  }

  readonly #result = (result: WriteResult): WriteResult | Promise<WriteResult> => {
    if (result.ok || result.current === undefined) return result
    const judged = this.judged(result.current)
    if (judged instanceof Promise) return judged.then(current => ({ ...result, current }))
    return { ...result, current: judged }
  }
}
