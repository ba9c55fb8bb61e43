import { type Clock, sleep } from '@kubets/component'

export interface SyncLoop extends AsyncDisposable {
  /** Something has changed. Returns at once. */
  poke(): void
}

export interface SyncLoopOptions {
  /** Milliseconds from the end of one run to the beginning of the next. What comes in between is one run. */
  minPeriod: number
  /** The longest pause after a failure; it begins with `minPeriod` (a tenth of a second at least) and doubles. */
  retryPeriod: number
  /** One run. Answers whether it did what it should. */
  sync(): Promise<boolean>
  clock: Clock
}

/** Runs `sync` after a poke, one run at a time, not more often than asked, and again after a failure. */
export function startSyncLoop({ minPeriod, retryPeriod, sync, clock }: SyncLoopOptions): SyncLoop {
  const ended = new AbortController()
  let wake = Promise.withResolvers<void>()
  async function run() {
    const shortest = Math.max(minPeriod, 100)
    let pause = shortest
    while (true) {
      await wake.promise
      if (ended.signal.aborted) return
      wake = Promise.withResolvers()
      if (await sync()) {
        pause = shortest
        await sleep(minPeriod, ended.signal, clock)
      } else {
        await sleep(pause, ended.signal, clock)
        pause = Math.min(pause * 2, retryPeriod)
        wake.resolve()
      }
    }
  }
  const done = run()
  return {
    poke: () => wake.resolve(),
    async [Symbol.asyncDispose]() {
      ended.abort()
      wake.resolve()
      await done
    },
  }
}
