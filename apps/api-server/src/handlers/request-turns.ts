import { ClientGoneError } from '../front/exchange.ts'
import type { Step } from './request-context.ts'

/** What requests and answers together take of one turn of the loop, ms. */
const share = 2

/** An object of so many bytes takes milliseconds at each step of a write: between two of them others have their turn. */
export const largeObject = 64 * 1024

/**
 * A turn of the loop hands over whatever all connections have sent, and the end of one commit answers all who wrote: hundreds of requests
 * would follow one another before anything else is looked at. So those of one turn have one {@link share} between them; the others wait in line,
 * and go on in the next turns, in the order in which they came.
 *
 * Bound: as many as there are requests that have been read.
 */
export class RequestTurns {
  #waiting: (() => void)[] = []
  #head = 0
  /** When this turn began; undefined: nobody has been in it yet. */
  #began: number | undefined
  /** Somebody has just gone on. How long that takes shows when all that it does at once is done. */
  #occupied = false
  readonly #now: () => number

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** A request begins; what is sent with it waits once more when all of it is read (`steps/read-body.ts`). */
  readonly step: Step = ({ exchange }) =>
    this.enter()?.then(() => {
      if (exchange.closed || exchange.responded) throw new ClientGoneError()
    })

  /** Await it before going on, unless it is undefined. */
  enter(): Promise<void> | undefined {
    if (!this.#occupied && this.#head === this.#waiting.length && !this.#over()) {
      this.#occupied = true
      process.nextTick(this.#next)
      return undefined
    }
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  #over(): boolean {
    const now = this.#now()
    if (this.#began !== undefined) return now - this.#began >= share
    this.#began = now
    setImmediate(this.#turn)
    return false
  }

  readonly #turn = (): void => {
    this.#began = undefined
    if (!this.#occupied) this.#next()
  }

  /** Microtasks of whoever went on are done by now. */
  readonly #next = (): void => {
    this.#occupied = false
    if (this.#head === this.#waiting.length || this.#over()) return
    this.#occupied = true
    const resolve = this.#waiting[this.#head++] as () => void
    if (this.#head === this.#waiting.length) {
      this.#waiting = []
      this.#head = 0
    } else if (this.#head === 1_024) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    resolve()
    queueMicrotask(this.#afterwards)
  }

  // a tick that is asked for in a tick comes before the microtasks
  readonly #afterwards = (): void => process.nextTick(this.#next)
}
