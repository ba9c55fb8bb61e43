import { exponentialBuckets, Histogram, type MetricFamily } from '@kubets/storage'

type Decision = 'allowed' | 'denied'

interface Series {
  readonly mode: string
  readonly decision: Decision
  count: number
  readonly seconds: Histogram
}

const buckets = exponentialBuckets(0.001, 2, 15)

/** One counter and its durations, by mode and decision: no more series than twice the modes. */
class Attempts {
  readonly #series = new Map<string, Series>()

  count(mode: string, decision: Decision, milliseconds: number): void {
    const key = `${mode}/${decision}`
    const one = this.#series.get(key) ?? { mode, decision, count: 0, seconds: new Histogram(buckets) }
    this.#series.set(key, one)
    one.count++
    one.seconds.observe(milliseconds / 1_000)
  }

  families(prefix: string, total: string, latency: string): MetricFamily[] {
    const all = () => [...this.#series.values()]
    return [
      {
        name: `${prefix}_total`,
        help: total,
        type: 'counter',
        values: () => all().map(({ mode, decision, count }) => ({ value: count, labels: { mode, decision } })),
      },
      {
        name: `${prefix}_duration_seconds`,
        help: latency,
        type: 'histogram',
        values: () =>
          all().flatMap(({ mode, decision, seconds }) =>
            seconds.values(`${prefix}_duration_seconds`, { mode, decision }),
          ),
      },
    ]
  }
}

/** How often somebody became somebody else, in which way, and what was asked for it. */
export class ImpersonationMetrics {
  readonly attempts = new Attempts()
  readonly questions = new Attempts()

  families(): MetricFamily[] {
    return [
      ...this.attempts.families(
        'apiserver_impersonation_attempts',
        'Total number of impersonation attempts split by mode and decision.',
        'Latency of impersonation attempts in seconds split by mode and decision.',
      ),
      ...this.questions.families(
        'apiserver_impersonation_authorization_attempts',
        'Total number of authorization checks made by the impersonation handler split by mode and decision.',
        'Latency of authorization checks made by the impersonation handler in seconds split by mode and decision.',
      ),
    ]
  }
}

/** `impersonate-on:user-info:get` and `impersonate:user-info` are of the mode `user-info`, the old verb is `legacy`. */
export const modeOfVerb = (verb: string): string => verb.split(':')[1] ?? 'legacy'
