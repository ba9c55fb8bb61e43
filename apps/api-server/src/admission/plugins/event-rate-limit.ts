import type { Event } from '@kubets/api-types'
import { tooManyRequests } from '@kubets/apimachinery'
import type { Clock } from '@kubets/component'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { EventRateLimit } from '../configuration/contract.ts'
import { writesTo } from '../writes.ts'
import { joinReasons } from './aggregate.ts'

const concerns = writesTo({ resource: 'events' }, ['CREATE', 'UPDATE'])

/** No more Events are let in than the configuration says: what makes too many does not fill the store. */
export function eventRateLimit(clock: Clock, limits: readonly EventRateLimit[] = []): AdmissionPlugin {
  const enforced = limits.map(limit => ({ limit, buckets: new Buckets(limit, clock) }))
  return {
    name: 'EventRateLimit',
    validate(request) {
      if (request.dryRun || !concerns(request)) return undefined
      // each limit counts, whatever the others say
      const reached = enforced.flatMap(({ limit, buckets }) => {
        const key = keys[limit.type](request)
        return buckets.take(key) ? [] : [`limit reached on type ${limit.type} for key ${key}`]
      })
      const joined = joinReasons(reached)
      if (joined !== undefined) throw tooManyRequests(`Too many requests: ${joined}`, 0)
      return undefined
    },
  }
}

const keys: Readonly<Record<EventRateLimit['type'], (request: AdmissionRequest) => string>> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject({ object }) {
    const { source, involvedObject: about } = object as Event
    return [
      source?.component,
      source?.host,
      about?.kind,
      about?.namespace,
      about?.name,
      about?.uid,
      about?.apiVersion,
    ].join('')
  },
}

/** Token buckets by key; of too many the one that was used longest ago is forgotten. */
class Buckets {
  readonly #limit: EventRateLimit
  readonly #clock: Clock
  /** In the order in which they were used. */
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(limit: EventRateLimit, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  take(key: string): boolean {
    const { qps, burst, cacheSize } = this.#limit
    const now = this.#clock.now()
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: burst, at: now }
    const there = Math.min(burst, tokens + (Math.max(0, now - at) * qps) / 1000)
    const taken = there >= 1
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: taken ? there - 1 : there, at: now })
    if (this.#buckets.size > cacheSize) {
      const [oldest] = this.#buckets.keys()
      if (oldest !== undefined) this.#buckets.delete(oldest)
    }
    return taken
  }
}
