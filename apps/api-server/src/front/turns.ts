/**
 * Takes a few in a turn of the loop, in order, and leaves the others for the next ones: whoever is first, and alone, is taken at once.
 * `mayTake` says whether one may be taken now; when it says no, {@link Turns.wake} tells that it may say yes again.
 */
export class Turns<T> {
  readonly #aTurn: number
  readonly #take: (one: T) => boolean
  readonly #mayTake: () => boolean
  #waiting: T[] = []
  #head = 0
  #running = false

  /** `take` tells whether the one was any work. */
  constructor(aTurn: number, take: (one: T) => boolean, mayTake: () => boolean = () => true) {
    this.#aTurn = aTurn
    this.#take = take
    this.#mayTake = mayTake
  }

  get size(): number {
    return this.#waiting.length - this.#head
  }

  push(one: T): void {
    this.#waiting.push(one)
    this.wake()
  }

  wake(): void {
    if (this.#running || this.size === 0) return
    this.#turn()
  }

  clear(): void {
    this.#waiting = []
    this.#head = 0
  }

  readonly #turn = (): void => {
    this.#running = false
    for (let taken = 0; taken < this.#aTurn && this.size > 0 && this.#mayTake(); ) {
      // the next ones wait for the next turn even when nobody waits now
      if (!this.#running) {
        this.#running = true
        setImmediate(this.#turn)
      }
      if (this.#take(this.#waiting[this.#head++] as T)) taken++
    }
    if (this.size === 0) this.clear()
    else if (this.#head > 1_024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
  }
}
