import type { Steps } from '@kubets/apimachinery'
import { ClientGoneError } from '../front/exchange.ts'
import type { Step } from './request-context.ts'

/** What requests and answers together take of one turn of the loop, ms. */
const share = 2

/** So many of those who wait go on side by side, fewer where they would take more than half of the share. */
const abreast = 8

/** An object of so many bytes takes milliseconds at each step of a write: between two of them others have their turn. */
export const largeObject = 64 * 1024

/**
 * A turn of the loop hands over whatever all connections have sent, and the end of one commit answers all who wrote: hundreds of requests
 * would follow one another before anything else is looked at. So those of one turn have one {@link share} between them; the others wait in line,
 * and go on in the next turns, in the order in which they came.
 *
 * What takes longest, writes and their answers, waits until the turn has read what there is to read, and then goes on {@link abreast}: each of
 * them takes its first step, then each its second one. The processor's caches hold the code of a step, not that of a whole request with
 * TLS and HTTP around it: a fifth less for a create.
 *
 * Bound: as many as there are requests that have been read.
 */
export class RequestTurns {
  readonly #waiting: (() => void)[] = []
  /** When somebody first was in this turn; undefined: nobody has been. */
  #began: number | undefined
  /** Somebody has just gone on at once. How long that takes shows when all is done that follows it. */
  #occupied = false
  /** The end of this turn is asked for, where those who wait go on. */
  #asked = false
  /** How many have gone on side by side, when, and what one of those before them took, ms. */
  #going = 0
  #wentAt = 0
  #cost = 0
  readonly #inFlight: () => number
  readonly #now: () => number

  /** `inFlight`: how many requests are under way, but for those that last. */
  constructor(inFlight: () => number, now = () => performance.now()) {
    this.#inFlight = inFlight
    this.#now = now
  }

  /** A request begins; what is sent with it waits once more when all of it is read (`steps/read-body.ts`). */
  readonly step: Step = ({ exchange }) =>
    this.enter()?.then(() => {
      if (exchange.closed || exchange.responded) throw new ClientGoneError()
    })

  /** Await it before going on, unless it is undefined: whoever comes alone goes on at once. */
  enter(): Promise<void> | undefined {
    if (this.#occupied || this.#waiting.length > 0 || this.#over()) return this.join()
    this.#occupied = true
    process.nextTick(this.#left)
    this.#ask()
    return undefined
  }

  /**
   * Await it before going on, with the others who do, unless it is undefined: whoever is the only one under way has nobody to wait for, and a turn of the
   * loop costs it more than a step does.
   */
  meet(): Promise<void> | undefined {
    return this.#inFlight() > 1 ? this.join() : this.enter()
  }

  /** Await it before going on, with the others who do. */
  join(): Promise<void> {
    this.#ask()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** Takes the steps of the work on an object of so many bytes; of a large one each waits for a turn. */
  async through<T>(bytes: number, steps: Steps<T>): Promise<T> {
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
      if (bytes >= largeObject) await this.join()
    }
  }

  #ask(): void {
    if (this.#asked) return
    this.#asked = true
    setImmediate(this.#goOn)
  }

  #over(): boolean {
    const now = this.#now()
    this.#began ??= now
    return now - this.#began >= share
  }

  readonly #left = (): void => {
    this.#occupied = false
  }

  /** Some go on in each turn, whatever it has taken already. */
  readonly #goOn = (): void => {
    if (this.#waiting.length === 0) {
      this.#end()
      return
    }
    const going = this.#waiting.splice(0, Math.max(1, Math.min(abreast, share / 2 / this.#cost)))
    this.#going = going.length
    this.#wentAt = this.#now()
    this.#began ??= this.#wentAt
    for (const resolve of going) resolve()
    queueMicrotask(this.#afterwards)
  }

  // a tick that is asked for in a tick comes before the microtasks
  readonly #afterwards = (): void => process.nextTick(this.#next)

  /** Microtasks of those who went on are done by now. */
  readonly #next = (): void => {
    // what is dear is noticed at once, and forgotten bit by bit
    this.#cost = Math.max((this.#now() - this.#wentAt) / this.#going, this.#cost / 2)
    if (this.#waiting.length > 0 && !this.#over()) this.#goOn()
    else this.#end()
  }

  #end(): void {
    this.#asked = false
    this.#began = undefined
    if (this.#waiting.length > 0) this.#ask()
  }
}
