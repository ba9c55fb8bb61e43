import type { Clock } from '@kubets/component'
import type { IpFamily } from './services/service-port.ts'

/** As upstream's `/healthz` prints it. */
export interface ProxyHealth {
  lastUpdated: string
  currentTime: string
  nodeEligible?: boolean
  healthy: boolean
  status?: Partial<Record<IpFamily, { lastUpdated: string; healthy: boolean }>>
}

/** Changes that wait longer than this for their rules make the proxy unhealthy: twice upstream's sync period. */
export const healthTimeout = 60_000

/** How far the rules are behind the API, by family. */
export class HealthRecord {
  readonly #updated = new Map<IpFamily, number>()
  readonly #waitingSince = new Map<IpFamily, number>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  queued(family: IpFamily): void {
    if (!this.#waitingSince.has(family)) this.#waitingSince.set(family, this.#clock.now())
  }

  updated(family: IpFamily): void {
    this.#waitingSince.delete(family)
    this.#updated.set(family, this.#clock.now())
  }

  /** `eligible`: whether load balancers may send to this node; `/livez` does not ask. */
  report(eligible?: boolean): ProxyHealth {
    const now = this.#clock.now()
    const time = (at: number) => new Date(at).toISOString()
    const status: ProxyHealth['status'] = {}
    let healthy = true
    for (const [family, at] of this.#updated) {
      const since = this.#waitingSince.get(family)
      const fine = since === undefined || now - since < healthTimeout
      healthy &&= fine
      status[family] = { lastUpdated: time(at), healthy: fine }
    }
    const good = healthy && eligible !== false
    return {
      // upstream: the present while all is well
      lastUpdated: time(good ? now : Math.max(0, ...this.#updated.values())),
      currentTime: time(now),
      ...(eligible === undefined ? {} : { nodeEligible: eligible }),
      healthy,
      ...(this.#updated.size === 0 ? {} : { status }),
    }
  }
}
