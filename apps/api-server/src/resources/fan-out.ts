/** What has something to send. */
export interface Sending {
  send(): void
}

/** Writes to watchers hold one turn of the loop for this long, ms. */
const share = 3
/** What writes cause in the same turn (encryption, system calls, sessions that send) is seen afterwards only: no turn shall be longer. */
const longTurn = 6
const fewest = 16
const most = 1_024

function usedTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/**
 * Sends to many watchers in turns of the loop: the first at once, the others in between what else there is to do. A watcher that gets
 * more while it waits sends all of it in one write.
 */
export class FanOut {
  readonly #waiting = new Set<Sending>()
  #began: number | undefined
  #sent = 0
  /** The thread's processor time when the turn began: waiting for a core says nothing about what writes cost. */
  #used = 0
  /** How many are sent to in one turn, by how long the last ones took. */
  #allowed = 128

  add(one: Sending): void {
    // behind those that wait already
    if (this.#waiting.size > 0 || this.#isOver()) this.#waiting.add(one)
    else one.send()
  }

  #isOver(): boolean {
    const now = performance.now()
    if (this.#began === undefined) {
      this.#began = now
      this.#sent = 0
      this.#used = usedTime()
      setImmediate(this.#turn)
    }
    return ++this.#sent > this.#allowed || now - this.#began >= share
  }

  readonly #turn = (): void => {
    const used = usedTime()
    const took = used - this.#used
    if (took > longTurn) this.#allowed = Math.max(fewest, this.#allowed >> 1)
    else if (this.#sent > this.#allowed) this.#allowed = Math.min(most, Math.ceil(this.#allowed * 1.25))
    this.#began = undefined
    for (const one of this.#waiting) {
      if (this.#isOver()) return
      this.#waiting.delete(one)
      one.send()
    }
  }
}
