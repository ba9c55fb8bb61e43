import type { Clock } from '@kubets/component'

export interface ManualClock extends Clock {
  /** Moves time on and runs what has come due, in order. */
  advance(ms: number): void
  /** Timers that wait. */
  readonly pending: number
}

/** Time that a test moves by hand. */
export function manualClock(start = 1_700_000_000_000): ManualClock {
  let now = start
  let timers: { at: number; run: () => void }[] = []
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    },
    advance(ms) {
      const until = now + ms
      for (;;) {
        const due = timers.filter(timer => timer.at <= until).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers = timers.filter(timer => timer !== due)
        now = Math.max(now, due.at)
        due.run()
      }
      now = until
    },
    get pending() {
      return timers.length
    },
  }
}
