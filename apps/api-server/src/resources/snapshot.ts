import type { ResourceEntry } from '@kubets/api-types'
import { expired, tooLargeResourceVersion, tooManyRequests } from '@kubets/apimachinery'
import { ExpiredError, RebuildingError, type Snapshot, TooLargeRevisionError, type WatchCache } from '@kubets/storage'

/** The cache's answers in the words of Status errors. */
export function consistent(cache: WatchCache): Promise<Snapshot> {
  return translated(cache.consistentSnapshot())
}

export async function atLeast(cache: WatchCache, revision: number, entry: ResourceEntry): Promise<Snapshot> {
  if (entry.resource !== 'events') return translated(cache.snapshotAtLeast(revision))
  // upstream has no watch cache for events: its store is asked, and waits for nobody
  const snapshot = await consistent(cache)
  if (snapshot.revision < revision) throw tooLargeResourceVersion(revision, snapshot.revision, 0)
  return snapshot
}

/** Throws {@link ExpiredError} for a revision that the cache does not cover: the store may. */
export async function exactly(cache: WatchCache, revision: number): Promise<Snapshot> {
  try {
    return await cache.snapshotAt(revision)
  } catch (error) {
    if (error instanceof TooLargeRevisionError) throw tooLargeResourceVersion(error.requested, error.current)
    throw error
  }
}

/** Watches wait while the cache is rebuilt, and are refused as upstream refuses them when that takes long. */
export async function untilSettled(cache: WatchCache): Promise<void> {
  try {
    await cache.settled()
  } catch (error) {
    if (!(error instanceof RebuildingError)) throw error
    const why = error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
    throw tooManyRequests(why, retryAfter(error.since / 1000))
  }
}

/** Seconds, of seconds that it has lasted: from one to thirty, as upstream. */
const retryAfter = (lasted: number): number => Math.floor(Math.min(30, Math.max(1, Math.exp(0.06 * lasted))))

async function translated(waiting: Promise<Snapshot>): Promise<Snapshot> {
  try {
    return await waiting
  } catch (error) {
    if (error instanceof TooLargeRevisionError) throw tooLargeResourceVersion(error.requested, error.current)
    if (error instanceof ExpiredError) throw expired(error.message)
    throw error
  }
}
