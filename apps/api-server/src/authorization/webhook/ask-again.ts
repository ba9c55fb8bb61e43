import { type Clock, sleep } from '@kubets/component'
import { ReviewError } from './review-client.ts'

/** Upstream's: five tries, half a second and then half as long again between them. */
const tries = 5
const usualWait = 500
const growth = 1.5
const jitter = 0.2

/** Asks a webhook, again where another try may help. Rejects with the last error. */
export async function askAgain<T>(
  ask: () => Promise<T>,
  {
    clock,
    signal,
    random = Math.random,
    firstWait = usualWait,
  }: {
    clock: Clock
    signal: AbortSignal
    random?: (() => number) | undefined
    /** Milliseconds. */
    firstWait?: number
  },
): Promise<T> {
  for (let attempt = 1, wait = firstWait; ; attempt++, wait *= growth) {
    try {
      return await ask()
    } catch (error) {
      if (attempt >= tries || signal.aborted || !(error instanceof ReviewError && error.retry)) throw error
      await sleep(wait * (1 + jitter * random()), signal, clock)
    }
  }
}
