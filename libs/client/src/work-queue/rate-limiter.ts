import type { Clock } from '@kubets/component'

/** How long a key that failed has to wait. */
export interface RateLimiter {
  /** Milliseconds until the key may be tried again. */
  when(key: string): number
  /** The key succeeded: its failures are forgotten. */
  forget(key: string): void
  failures(key: string): number
}

export interface RateLimiterOptions {
  clock: Clock
  /** First delay of a key, milliseconds; doubled with every failure up to `max`. Defaults 5 and 1,000,000, as client-go. */
  base?: number
  max?: number
  /** Retries a second over all keys, and how many may come at once. Defaults 10 and 100, as client-go. */
  rate?: number
  burst?: number
}

/** client-go's default for controllers: the longer of a key's exponential back-off and its place in one bucket of all. */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { clock, base = 5, max = 1_000_000, rate = 10, burst = 100 } = options
  // one entry for each key that has failed and not yet succeeded: no more than the objects of the queue's kind
  const failures = new Map<string, number>()
  let tokens = burst
  let filledAt = clock.now()

  function reserve(): number {
    const now = clock.now()
    tokens = Math.min(burst, tokens + ((now - filledAt) * rate) / 1_000)
    filledAt = now
    tokens -= 1
    return tokens >= 0 ? 0 : (-tokens * 1_000) / rate
  }

  return {
    when(key) {
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      return Math.max(Math.min(max, base * 2 ** count), reserve())
    },
    forget(key) {
      failures.delete(key)
    },
    failures: key => failures.get(key) ?? 0,
  }
}
