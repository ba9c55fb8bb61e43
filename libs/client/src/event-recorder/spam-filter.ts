import type { Clock } from '@kubets/component'
import { LruMap } from './lru-map.ts'

/** Events that one source may emit about one object at once, and how many come back a second. client-go's figures. */
const BURST = 25
const REFILL_PER_SECOND = 1 / 300

/** Says whether an event may go out: a token bucket for each source and object. The longest unused of 4,096 buckets is dropped. */
export function createSpamFilter(clock: Clock): (key: string) => boolean {
  const buckets = new LruMap<{ tokens: number; at: number }>(4_096)
  return key => {
    const now = clock.now()
    const bucket = buckets.get(key) ?? { tokens: BURST, at: now }
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) / 1_000) * REFILL_PER_SECOND)
    bucket.at = now
    buckets.set(key, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
}
