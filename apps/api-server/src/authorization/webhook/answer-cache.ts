import type { Clock } from '@kubets/component'

interface Kept<T> {
  readonly value: T
  readonly until: number
}

/** Answers for a while, the least recently used gone first. */
export class AnswerCache<T> {
  readonly #kept = new Map<string, Kept<T>>()
  readonly #clock: Clock
  readonly #bound: number

  constructor(clock: Clock, bound: number) {
    this.#clock = clock
    this.#bound = bound
  }

  get(key: string): T | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    if (kept.until <= this.#clock.now()) return undefined
    this.#kept.set(key, kept)
    return kept.value
  }

  /** `life` in ms; 0 keeps nothing. */
  set(key: string, value: T, life: number): void {
    if (life <= 0) return
    this.#kept.delete(key)
    this.#kept.set(key, { value, until: this.#clock.now() + life })
    if (this.#kept.size <= this.#bound) return
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined) this.#kept.delete(oldest)
  }
}
