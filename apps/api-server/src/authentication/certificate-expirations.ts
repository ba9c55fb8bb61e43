import type { MetricFamily } from '@kubets/storage'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** Upstream's, seconds. */
const bounds = [
  0,
  30 * minute,
  hour,
  2 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  4 * day,
  7 * day,
  30 * day,
  90 * day,
  180 * day,
  360 * day,
]

/** `apiserver_client_certificate_expiration_seconds`: how long the certificates live on with which requests come. */
export class CertificateExpirations {
  /** At or below each bound, not cumulated; the last one is +Inf. */
  readonly #counts = new Array<number>(bounds.length + 1).fill(0)
  #sum = 0

  observe(seconds: number): void {
    let at = bounds.length
    // most live long
    while (at > 0 && seconds <= (bounds[at - 1] as number)) at--
    this.#counts[at] = (this.#counts[at] as number) + 1
    this.#sum += seconds
  }

  family(): MetricFamily {
    const name = 'apiserver_client_certificate_expiration_seconds'
    return {
      name,
      help: 'Distribution of the remaining lifetime on the certificate used to authenticate a request.',
      type: 'histogram',
      values: () => {
        let count = 0
        const buckets = this.#counts.map((value, i) => {
          count += value
          return { metricName: `${name}_bucket`, value: count, labels: { le: String(bounds[i] ?? '+Inf') } }
        })
        return [
          ...buckets,
          { metricName: `${name}_sum`, value: this.#sum, labels: {} },
          { metricName: `${name}_count`, value: count, labels: {} },
        ]
      },
    }
  }
}
