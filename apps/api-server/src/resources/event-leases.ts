import type { Clock } from '@kubets/component'
import type { KeyValueStore, LeaseId } from '@kubets/storage'

/** A lease is shared by the events of one minute, or a thousand of them: one lease each would cost as much as the events. */
const maxEventsPerLease = 1_000
const defaultReuseSeconds = 60
/** Upstream's share of the time to live that a lease is reused for at most. */
const reuseShare = 0.05

/** Leases that let Events go after their time to live. */
export class EventLeases {
  readonly #store: KeyValueStore
  readonly #clock: Clock
  readonly #ttlSeconds: number
  readonly #reuseSeconds: number
  #current: { id: Promise<LeaseId>; until: number; events: number } | undefined

  /** `reuseSeconds` is `--lease-reuse-duration-seconds`. */
  constructor(store: KeyValueStore, clock: Clock, ttlMs: number, reuseSeconds = defaultReuseSeconds) {
    this.#store = store
    this.#clock = clock
    this.#ttlSeconds = Math.max(1, Math.ceil(ttlMs / 1000))
    // a second at least: a lease for every event would cost as much as the events
    this.#reuseSeconds = Math.max(1, Math.min(reuseSeconds, Math.floor(this.#ttlSeconds * reuseShare)))
  }

  /** A lease that lasts at least the time to live. */
  lease(): Promise<LeaseId> {
    const now = this.#clock.now()
    if (this.#current === undefined || now >= this.#current.until || this.#current.events >= maxEventsPerLease) {
      // reused for a while, so it must last that much longer
      const id = this.#store.grantLease(this.#ttlSeconds + this.#reuseSeconds)
      const current = { id, until: now + this.#reuseSeconds * 1000, events: 0 }
      this.#current = current
      id.catch(() => {
        if (this.#current === current) this.#current = undefined
      })
    }
    this.#current.events++
    return this.#current.id
  }
}
