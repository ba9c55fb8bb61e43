import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { StoredCertificate } from './certificate-store.ts'

/** Figures of the certificates that the kubelet renews by itself. Seconds that a certificate has left are infinite where it has none. */
export class RotationMetrics {
  readonly #now: () => number
  client: StoredCertificate | undefined
  server: StoredCertificate | undefined
  clientErrors = 0
  serverErrors = 0
  /** Lives (seconds) of serving certificates that were replaced. */
  readonly #serverLives: number[] = []
  #observe: (seconds: number) => void = seconds => void this.#serverLives.push(seconds)

  constructor(now: () => number) {
    this.#now = now
  }

  serverRotated(certificate: StoredCertificate): void {
    if (this.server !== undefined) this.#observe((this.#now() - this.server.notBefore) / 1000)
    this.server = certificate
  }

  /** Upstream's names. */
  register(registry: Registry): void {
    const registers = [registry]
    const left = (one: StoredCertificate | undefined) =>
      one === undefined ? Number.POSITIVE_INFINITY : Math.trunc((one.notAfter - this.#now()) / 1000)
    const ttl = (name: string, help: string, of: () => StoredCertificate | undefined) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(left(of()))
        },
      })
    ttl(
      'kubelet_certificate_manager_client_ttl_seconds',
      "Gauge of the TTL (time-to-live) of the Kubelet's client certificate. The value is in seconds until certificate expiry (negative if already expired). If client certificate is invalid or unused, the value will be +INF.",
      () => this.client,
    )
    ttl(
      'kubelet_certificate_manager_server_ttl_seconds',
      "Gauge of the shortest TTL (time-to-live) of the Kubelet's serving certificate. The value is in seconds until certificate expiry (negative if already expired). If serving certificate is invalid or unused, the value will be +INF.",
      () => this.server,
    )
    const errors = (name: string, count: () => number) =>
      new Counter({
        name,
        help: 'Counter of certificate renewal errors.',
        registers,
        collect() {
          this.reset()
          this.inc(count())
        },
      })
    errors('kubelet_certificate_manager_client_expiration_renew_errors', () => this.clientErrors)
    errors('kubelet_server_expiration_renew_errors', () => this.serverErrors)
    const lives = new Histogram({
      name: 'kubelet_certificate_manager_server_rotation_seconds',
      help: 'Histogram of the number of seconds the previous certificate lived before being rotated.',
      buckets: [60, 3600, 14400, 86400, 604800, 2592000, 7776000, 15552000, 31104000, 124416000],
      registers,
    })
    for (const seconds of this.#serverLives.splice(0)) lives.observe(seconds)
    this.#observe = seconds => lives.observe(seconds)
  }
}
