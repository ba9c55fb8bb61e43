/** What has something to send. */
export interface Sending {
  send(): void
}

/** Writes to watchers hold one turn of the loop for this long, ms. */
const share = 3

/**
 * Sends to many watchers in turns of the loop: the first at once, the others in between what else there is to do. A watcher that gets
 * more while it waits sends all of it in one write.
 */
export class FanOut {
  readonly #waiting = new Set<Sending>()
  #began: number | undefined

  add(one: Sending): void {
    // behind those that wait already
    if (this.#waiting.size > 0 || this.#isOver()) this.#waiting.add(one)
    else one.send()
  }

  #isOver(): boolean {
    const now = performance.now()
    if (this.#began !== undefined) return now - this.#began >= share
    this.#began = now
    setImmediate(this.#turn)
    return false
  }

  readonly #turn = (): void => {
    this.#began = undefined
    for (const one of this.#waiting) {
      if (this.#isOver()) return
      this.#waiting.delete(one)
      one.send()
    }
  }
}
