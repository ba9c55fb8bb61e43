/** All lists together hold one turn of the loop for this long, ms. */
const share = 2.5

/**
 * Shares the loop's time among lists: those that run in one turn have one {@link share} between them, and then go on one a turn, in the
 * order in which they stopped. So however many are answered at once, whatever else comes in waits for a few milliseconds.
 */
export class ListTurns {
  readonly #waiting: (() => void)[] = []
  #began: number | undefined

  /** Whether this turn's time is used up: await {@link next} before going on. */
  get over(): boolean {
    const now = performance.now()
    if (this.#began !== undefined) return now - this.#began >= share
    this.#began = now
    setImmediate(this.#pass)
    return false
  }

  next(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      if (this.#began !== undefined) return
      this.#began = performance.now()
      setImmediate(this.#pass)
    })
  }

  /** What has read from sockets asks for an immediate that still runs in the same turn of the loop, which has had its share. */
  readonly #pass = (): void => void setImmediate(this.#turn)

  readonly #turn = (): void => {
    const next = this.#waiting.shift()
    if (next === undefined) {
      this.#began = undefined
      return
    }
    this.#began = performance.now()
    setImmediate(this.#turn)
    next()
  }
}

/** A thread has one loop: whatever is long shares its time here. */
export const listTurns = new ListTurns()
