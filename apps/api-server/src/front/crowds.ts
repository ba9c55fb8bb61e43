/** So many connections that come or go are a crowd, as long as each {@link few} of them take no more than {@link within} ms. */
const crowd = 1_024
const few = 32
const within = 500
/** It is over when there has been none for so long, ms. */
const over = 2_000

/**
 * While a crowd comes or goes the young generation is collected when a sixteenth of it is full: nearly all of it survives, and what is copied at once holds the loop.
 * And what Node says that connections hold outside the heap, 115 KB each, is counted with the heap: otherwise V8 collects everything, and copies the young generation
 * too, for each 64 MB of it. Not at other times: garbage of streams would stand longer.
 *
 * Flags may not be set in a running V8 where memory was laid out, or code made, as they said at the start. These are numbers and choices that the heap looks up each time it
 * asks itself whether to collect: after an allocation (`MinorGCJob`), after a report of external memory (`Heap::HandleExternalMemoryInterrupt`).
 */
const amidst = ['--minor-gc-task-trigger=6', '--external-memory-accounted-in-global-limit']
/** V8's own. */
const usual = ['--minor-gc-task-trigger=80', '--no-external-memory-accounted-in-global-limit']

export interface CrowdsOptions {
  /** Sets one of V8's flags, which are the whole process's. */
  set(flag: string): void
  now?: () => number
}

/** How V8 collects while connections come or go by the thousand. */
export class Crowds {
  readonly #set: (flag: string) => void
  readonly #now: () => number
  /** Of those one behind the other. */
  #count = 0
  /** When the last few began. */
  #since = Number.NEGATIVE_INFINITY
  #last = 0
  #amidst = false

  constructor({ set, now = () => performance.now() }: CrowdsOptions) {
    this.#set = set
    this.#now = now
  }

  /** A connection comes or goes. */
  readonly one = (): void => {
    const now = this.#now()
    if (now - this.#since > within) {
      this.#since = now
      this.#count = 0
    }
    if (++this.#count % few !== 0) return
    this.#since = now
    this.#last = now
    if (this.#amidst || this.#count < crowd) return
    this.#amidst = true
    for (const flag of amidst) this.#set(flag)
    this.#lookIn(over)
  }

  #lookIn(milliseconds: number): void {
    setTimeout(() => {
      const left = this.#last + over - this.#now()
      if (left > 0) return this.#lookIn(left)
      this.#amidst = false
      for (const flag of usual) this.#set(flag)
    }, milliseconds).unref()
  }
}
