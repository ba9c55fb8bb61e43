import type { DaemonSet } from '@kubets/api-types'
import type { Clock } from '@kubets/component'

const first = 1_000
const longest = 900_000

/** How long a daemon that fails again and again is left alone before it is replaced: from a second to a quarter of an hour. */
export class FailedPodBackOff {
  readonly #clock: Clock
  /** One entry a node and template whose daemon failed in the last half hour. */
  readonly #entries = new Map<string, { pause: number; since: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds that are left to wait; nothing when the pod may be replaced now, which starts the next, longer pause. */
  wait({ metadata, status }: DaemonSet, node: string): number | undefined {
    const now = this.#clock.now()
    const key = `${metadata?.uid}/${status?.observedGeneration ?? 0}/${node}`
    for (const [other, { since }] of this.#entries) if (now - since > 2 * longest) this.#entries.delete(other)
    const entry = this.#entries.get(key)
    if (entry !== undefined && now - entry.since < entry.pause) return entry.pause - (now - entry.since)
    this.#entries.set(key, { pause: entry === undefined ? first : Math.min(longest, entry.pause * 2), since: now })
    return undefined
  }
}
