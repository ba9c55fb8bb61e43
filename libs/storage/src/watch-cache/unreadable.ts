import type { Clock } from '@kubets/component'
import type { KeyValueStore } from '../key-value-store.ts'

/** Waits between two looks, ms, doubled up to the second: what upstream's reflectors do. */
const firstLook = 1_000
const lastLook = 30_000

/** Objects that cannot be opened. As long as there are any, one of them is tried again from time to time: a KMS may have come back. */
export class UnreadableObjects {
  readonly #store: KeyValueStore
  readonly #clock: Clock
  readonly #readable: () => void
  #errors = new Map<string, Error>()
  #cancel: (() => void) | undefined
  #wait = firstLook

  /** `readable` is called when one of them can be opened after all. */
  constructor(store: KeyValueStore, clock: Clock, readable: () => void) {
    this.#store = store
    this.#clock = clock
    this.#readable = readable
  }

  get errors(): ReadonlyMap<string, Error> {
    return this.#errors
  }

  /** What a load found. */
  replace(errors: Map<string, Error>): void {
    this.#errors = errors
    if (errors.size === 0) this.#rest()
    else this.#look()
  }

  /** One object changed. */
  changed(key: string, error: Error | undefined): void {
    if (error !== undefined) {
      this.#errors.set(key, error)
      this.#look()
    } else if (this.#errors.delete(key) && this.#errors.size === 0) this.#rest()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #rest(): void {
    this.stop()
    this.#wait = firstLook
  }

  #look(): void {
    if (this.#cancel !== undefined) return
    this.#cancel = this.#clock.after(this.#wait, () => {
      this.#wait = Math.min(this.#wait * 2, lastLook)
      const [key] = this.#errors.keys()
      if (key === undefined) return this.#rest()
      this.#store.get(key).then(
        ({ kv }) => this.#looked(kv === undefined || kv.unreadable === undefined),
        () => this.#looked(false),
      )
    })
  }

  #looked(readable: boolean): void {
    if (this.#cancel === undefined) return
    this.#cancel = undefined
    if (readable) this.#readable()
    // until a load finds none: what was asked for just now may not have come about
    if (this.#errors.size > 0) this.#look()
  }
}
