import type { Clock } from '@kubets/component'
import type { Revision } from '../key-value-store.ts'

interface Waiter {
  readonly revision: Revision
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Those who wait until the cache has reached a revision. */
export class RevisionWaiters {
  readonly #clock: Clock
  readonly #waiters = new Set<Waiter>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#waiters.size
  }

  /** Rejects with what `late` makes after `ms`, or with the signal's reason. */
  wait(revision: Revision, ms: number, late: () => Error, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const done = () => {
        this.#waiters.delete(waiter)
        cancel()
        signal?.removeEventListener('abort', aborted)
      }
      const waiter: Waiter = {
        revision,
        resolve: () => {
          done()
          resolve()
        },
        reject: error => {
          done()
          reject(error)
        },
      }
      const aborted = () => waiter.reject(signal?.reason)
      const cancel = this.#clock.after(ms, () => waiter.reject(late()))
      signal?.addEventListener('abort', aborted, { once: true })
      this.#waiters.add(waiter)
    })
  }

  reached(revision: Revision): void {
    if (this.#waiters.size > 0) for (const waiter of this.#waiters) if (waiter.revision <= revision) waiter.resolve()
  }

  fail(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error)
  }
}
