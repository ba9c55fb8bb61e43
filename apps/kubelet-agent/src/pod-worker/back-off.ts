/** Delays that double from the first to the longest failure after failure, and start again after twice the longest without one. */
export interface BackOff {
  /** Milliseconds still to wait at `now` when the last failure was at `since`; 0: go on. */
  remaining(key: string, since: number, now: number): number
  /** The delay that holds for this key. */
  delay(key: string): number
  /** Counts one more failure (or try). */
  next(key: string, now: number): void
  forget(key: string): void
}

export function createBackOff(initial = 10_000, max = 300_000): BackOff {
  /** One entry a container or image of the pods on this node; their owner forgets them with the pod. */
  const entries = new Map<string, { delay: number; updated: number }>()
  const expired = (entry: { updated: number }, now: number) => now - entry.updated > 2 * max
  return {
    remaining(key, since, now) {
      const entry = entries.get(key)
      if (entry === undefined || expired(entry, since)) return 0
      return Math.max(0, since + entry.delay - now)
    },
    delay: key => entries.get(key)?.delay ?? 0,
    next(key, now) {
      const entry = entries.get(key)
      if (entry === undefined || expired(entry, now)) entries.set(key, { delay: initial, updated: now })
      else entries.set(key, { delay: Math.min(entry.delay * 2, max), updated: now })
    },
    forget: key => void entries.delete(key),
  }
}
