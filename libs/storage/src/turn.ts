/** Long work holds a turn of the loop for this long, ms. */
const share = 2

/** Lets others have their turns in between: `if (turn.over) await turn.next()`. */
export class Turn {
  #began = performance.now()

  get over(): boolean {
    return performance.now() - this.#began >= share
  }

  async next(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    this.#began = performance.now()
  }
}
