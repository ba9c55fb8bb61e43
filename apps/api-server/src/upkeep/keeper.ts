import type { ResourceEntry } from '@kubets/api-types'
import type { Outcome } from '@kubets/client/work-queue'
import type { CacheEvent, Entry } from '@kubets/storage'

/** An object that was there at the start, or changed since. */
export interface Change {
  readonly type: CacheEvent['type']
  readonly namespace: string
  readonly name: string
  readonly entry: Entry
}

export interface Follow {
  readonly kind: ResourceEntry
  /** Which keys of the keeper are to be looked at for it. Called for every write of the kind: cheap. */
  keys(change: Change): Iterable<string>
}

/**
 * Keeps something true of the objects of a kind, as upstream's controllers do that run within its api-server: at once after each change,
 * again and later each time where it fails.
 */
export interface Keeper {
  /** For log lines. */
  readonly name: string
  readonly follows: readonly Follow[]
  /** Keys looked at at a time. Default 1. */
  readonly concurrency?: number
  /** Longest time between two attempts, ms. Default: the queue's. */
  readonly maxDelay?: number
  /** Looks at all of it, so it does not matter how often it is called or what it missed. `add` has another key looked at. */
  reconcile(key: string, how: { signal: AbortSignal; add(key: string): void }): Promise<Outcome>
}
