import type { Clock } from '@kubets/component'
import type { KeyValueStore, LeaseId } from '@kubets/storage'

/** A lease is shared by the events of one minute, or a thousand of them: one lease each would cost as much as the events. */
const maxEventsPerLease = 1_000
const reuseFor = 60_000

/** Leases that let Events go after their time to live. */
export class EventLeases {
  readonly #store: KeyValueStore
  readonly #clock: Clock
  readonly #ttlSeconds: number
  #current: { id: Promise<LeaseId>; until: number; events: number } | undefined

  constructor(store: KeyValueStore, clock: Clock, ttlMs: number) {
    this.#store = store
    this.#clock = clock
    this.#ttlSeconds = Math.max(1, Math.ceil(ttlMs / 1000))
  }

  /** A lease that lasts at least the time to live. */
  lease(): Promise<LeaseId> {
    const now = this.#clock.now()
    if (this.#current === undefined || now >= this.#current.until || this.#current.events >= maxEventsPerLease) {
      // reused for a minute, so it must last that much longer
      const id = this.#store.grantLease(this.#ttlSeconds + reuseFor / 1000)
      const current = { id, until: now + reuseFor, events: 0 }
      this.#current = current
      id.catch(() => {
        if (this.#current === current) this.#current = undefined
      })
    }
    this.#current.events++
    return this.#current.id
  }
}
