import { randomBytes } from 'node:crypto'
import type { Clock } from '@kubets/component'
import { type LeaseId, type LeaseInfo, LeaseNotFoundError } from '../key-value-store.ts'
import { decodeLease, encodeLease } from './codec.ts'
import type { OpenedDatabase } from './database.ts'
import type { DurableView } from './durable-view.ts'
import type { GroupCommit } from './group-commit.ts'

interface Lease {
  readonly ttl: number
  /** Milliseconds of the clock. */
  expiresAt: number
}

/** When the disk refuses the deletion, it is tried again after this many milliseconds. */
const retryAfter = 1_000

/**
 * Leases with their time to live stand on disk; the time that is left does not: as etcd does with a new leader, every
 * lease starts anew when the store opens. One timer runs, for the lease that ends next.
 */
export class Leases {
  readonly #db: OpenedDatabase
  readonly #view: DurableView
  readonly #commit: GroupCommit
  readonly #clock: Clock
  readonly #leases = new Map<LeaseId, Lease>()
  #cancel: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #closed = false

  constructor(db: OpenedDatabase, view: DurableView, commit: GroupCommit, clock: Clock) {
    this.#db = db
    this.#view = view
    this.#commit = commit
    this.#clock = clock
    const transaction = view.snapshot
    for (const { key, value } of db.leases.getRange({ start: 0n, transaction })) {
      const ttl = decodeLease(key, value, db.directory)
      this.#leases.set(key, { ttl, expiresAt: clock.now() + ttl * 1000 })
    }
    this.#arm()
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id)
  }

  list(): LeaseInfo[] {
    const now = this.#clock.now()
    return [...this.#leases].map(([id, { ttl, expiresAt }]) => ({
      id,
      ttl,
      remaining: Math.max(0, (expiresAt - now) / 1000),
    }))
  }

  async grant(ttl: number): Promise<LeaseId> {
    let id: LeaseId
    do id = randomBytes(8).readBigUInt64BE() >> 1n
    while (id === 0n || this.#leases.has(id))
    await this.#commit.writeAside(batch => batch.put('leases', id, encodeLease(id, ttl)))
    this.#leases.set(id, { ttl, expiresAt: this.#clock.now() + ttl * 1000 })
    this.#arm()
    return id
  }

  keepAlive(id: LeaseId): void {
    const lease = this.#leases.get(id)
    if (!lease) throw new LeaseNotFoundError()
    lease.expiresAt = this.#clock.now() + lease.ttl * 1000
  }

  async revoke(id: LeaseId): Promise<void> {
    const lease = this.#leases.get(id)
    if (!lease) throw new LeaseNotFoundError()
    this.#leases.delete(id)
    try {
      // keys attached by writes still on their way to the disk must go too
      await this.#commit.writeAside(() => undefined)
      await this.#commit.shows(this.#view.revision)
      const keys: string[] = []
      const bounds = {
        start: { lease: id, key: '' },
        end: { lease: id + 1n, key: '' },
        transaction: this.#view.snapshot,
      }
      for (const { key } of this.#db.attached.getRange(bounds))
        if (this.#commit.newest(key.key)?.lease === id) keys.push(key.key)
      // in one turn, so that one commit has both
      const removed = this.#commit.writeAside(batch => batch.remove('leases', id))
      const deleted =
        keys.length === 0 ? undefined : this.#commit.write(keys.map(key => ({ key, value: undefined, lease: 0n })))
      await Promise.all([removed, deleted])
    } catch (error) {
      this.#leases.set(id, lease)
      throw error
    }
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #arm(): void {
    let soonest = Number.POSITIVE_INFINITY
    for (const { expiresAt } of this.#leases.values()) soonest = Math.min(soonest, expiresAt)
    if (this.#closed || soonest === this.#timerAt) return
    this.#cancel?.()
    this.#cancel = undefined
    this.#timerAt = soonest
    if (soonest === Number.POSITIVE_INFINITY) return
    // timers take 31 bits of milliseconds; a longer wait is armed again when it is over
    const wait = Math.min(Math.max(soonest - this.#clock.now(), 0), 2 ** 31 - 1)
    this.#cancel = this.#clock.after(wait, () => void this.#expire())
  }

  async #expire(): Promise<void> {
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    const over = [...this.#leases].filter(([, lease]) => lease.expiresAt <= now)
    await Promise.all(
      over.map(async ([id, lease]) => {
        lease.expiresAt = now + retryAfter
        await this.revoke(id).catch(() => undefined)
      }),
    )
    this.#arm()
  }
}
