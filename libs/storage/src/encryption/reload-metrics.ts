import type { Clock } from '@kubets/component'
import { hashOf } from './kms/metrics.ts'
import type { MetricFamily } from './metrics.ts'

type Status = 'success' | 'failure'

/** `apiserver_encryption_config_controller_*`: which configuration holds, and how its file was read. */
export class ReloadMetrics {
  readonly #server: string
  readonly #clock: Clock
  readonly #reloads = new Map<Status, { count: number; lastSeconds: number }>()
  #hash = ''

  constructor(apiServerId: string, clock: Clock) {
    this.#server = hashOf(apiServerId)
    this.#clock = clock
  }

  configuration(hash: string): void {
    this.#hash = hash
  }

  succeeded(hash: string): void {
    this.#count('success')
    this.#hash = hash
  }

  failed(): void {
    this.#count('failure')
  }

  families(): MetricFamily[] {
    const name = (short: string) => `apiserver_encryption_config_controller_${short}`
    const each = (read: (one: { count: number; lastSeconds: number }) => number) =>
      [...this.#reloads].map(([status, one]) => ({
        labels: { status, apiserver_id_hash: this.#server },
        value: read(one),
      }))
    return [
      {
        name: name('automatic_reloads_total'),
        help: 'Total number of reload successes and failures of encryption configuration split by apiserver identity.',
        type: 'counter',
        values: () => each(one => one.count),
      },
      {
        name: name('automatic_reload_last_timestamp_seconds'),
        help: 'Timestamp of the last successful or failed automatic reload of encryption configuration split by apiserver identity.',
        type: 'gauge',
        values: () => each(one => one.lastSeconds),
      },
      {
        name: name('last_config_info'),
        help: 'Information about the last applied encryption configuration with hash as label, split by apiserver identity.',
        type: 'gauge',
        values: () =>
          this.#hash === '' ? [] : [{ labels: { apiserver_id_hash: this.#server, hash: this.#hash }, value: 1 }],
      },
    ]
  }

  #count(status: Status): void {
    const one = this.#reloads.get(status) ?? { count: 0, lastSeconds: 0 }
    one.count++
    one.lastSeconds = this.#clock.now() / 1000
    this.#reloads.set(status, one)
  }
}
