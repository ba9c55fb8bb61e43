import type { Clock } from '@kubets/component'

/** What the ticker looks at once a second. */
export interface Ticking {
  tick(now: number): void
}

/**
 * One timer for all running watches instead of two for each: their bookmarks and their ends are due to the second only.
 * It runs while there is a watch.
 */
export class WatchTicker {
  readonly #clock: Clock
  readonly #members = new Set<Ticking>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#members.size
  }

  add(member: Ticking): void {
    this.#members.add(member)
    this.#cancel ??= this.#clock.after(1_000, () => this.#tick())
  }

  delete(member: Ticking): void {
    this.#members.delete(member)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#members.clear()
  }

  #tick(): void {
    this.#cancel = undefined
    const now = this.#clock.now()
    for (const member of this.#members) member.tick(now)
    if (this.#members.size > 0) this.#cancel = this.#clock.after(1_000, () => this.#tick())
  }
}
