import type { MetricFamily } from '@kubets/storage'
import { isLongRunning } from './long-running.ts'
import { PlainTextRefusal } from './plain-text-refusal.ts'
import type { RequestContext, Step } from './request-context.ts'

export interface MaxInFlightOptions {
  /** Requests that read and are being answered. Default 400; 0: no bound. */
  readOnly?: number
  /** Requests that write. Default 200; 0: no bound. */
  mutating?: number
}

/** Where the bounds of `--max-requests-inflight` and `--max-mutating-requests-inflight` are kept. */
export class MaxInFlight {
  readonly #limits: { readonly readOnly: number; readonly mutating: number }
  readonly #current = { readOnly: 0, mutating: 0 }

  constructor({ readOnly = 400, mutating = 200 }: MaxInFlightOptions = {}) {
    this.#limits = { readOnly: readOnly === 0 ? Infinity : readOnly, mutating: mutating === 0 ? Infinity : mutating }
  }

  /** Is there room for it? 429 else, except for members of system:masters, who must be able to see what goes on. */
  readonly step: Step = context => {
    const { info, user } = context
    if (isLongRunning(info)) return undefined
    const lane = info.verb === 'get' || info.verb === 'list' ? 'readOnly' : 'mutating'
    if (this.#current[lane] >= this.#limits[lane]) {
      if (user.groups.includes('system:masters')) return undefined
      context.exchange.setHeader('retry-after', '1')
      throw new PlainTextRefusal(429, 'Too many requests, please try again later.')
    }
    this.#current[lane]++
    context.lane = lane
    return undefined
  }

  /** Requests under way that count. */
  get count(): number {
    return this.#current.readOnly + this.#current.mutating
  }

  /** The request is over. */
  release(context: RequestContext): void {
    if (context.lane === undefined) return
    this.#current[context.lane]--
    context.lane = undefined
  }

  metrics(): MetricFamily[] {
    return [
      {
        name: 'apiserver_current_inflight_requests',
        help: 'Requests that count as in flight now, per request kind.',
        type: 'gauge',
        values: () =>
          (['mutating', 'readOnly'] as const).map(kind => ({
            value: this.#current[kind],
            labels: { request_kind: kind },
          })),
      },
    ]
  }
}
