import { UnreadableValueError } from '../encryption/transformer.ts'
import type { KeyValue, KeyValueStore, StoreEvent } from '../key-value-store.ts'
import { TranslatingStore } from '../translating-store.ts'
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

class TranslatedStore extends TranslatingStore {
  readonly #forms: StoredForms

  constructor(store: KeyValueStore, forms: StoredForms) {
    super(store)
    this.#forms = forms
  }

  protected override stored(key: string, wanted: Uint8Array): Uint8Array {
    return this.#forms.write?.(key, wanted) ?? wanted
  }

  /** As `shown`, and whether it would be written otherwise today: who asks the store itself may want to rewrite it. */
  protected override judged(kv: KeyValue): KeyValue {
    const shown = this.shown(kv)
    if (shown.unreadable !== undefined || shown.stale) return shown
    const today = this.stored(kv.key, shown.value)
    return today === kv.value || Buffer.compare(today, kv.value) === 0 ? shown : { ...shown, stale: true }
  }

  protected override shown(kv: KeyValue): KeyValue {
    if (kv.unreadable !== undefined) return kv
    try {
      const value = this.own.peek(kv.key, kv.value) ?? this.#forms.read(kv.key, kv.value)
      return value === kv.value ? kv : { ...kv, value }
    } catch (error) {
      return new UnreadableKeyValue(kv, new UnreadableValueError(this.storedKey(kv.key), error))
    }
  }

  protected override shownEvent(event: StoreEvent): StoreEvent {
    if (event.unreadable !== undefined) return event
    try {
      const value = this.own.take(event.key, event.value) ?? this.#forms.read(event.key, event.value)
      return value === event.value ? event : { ...event, value }
    } catch (error) {
      return new UnreadableEvent(event, new UnreadableValueError(this.storedKey(event.key), error))
    }
  }
}
