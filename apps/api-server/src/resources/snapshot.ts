import { expired, tooLargeResourceVersion } from '@kubets/apimachinery'
import { ExpiredError, type Snapshot, TooLargeRevisionError, type WatchCache } from '@kubets/storage'

/** The cache's answers in the words of Status errors. */
export async function consistent(cache: WatchCache): Promise<Snapshot> {
  return translated(cache.consistentSnapshot())
}

export async function atLeast(cache: WatchCache, revision: number): Promise<Snapshot> {
  return translated(cache.snapshotAtLeast(revision))
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

async function translated(waiting: Promise<Snapshot>): Promise<Snapshot> {
  try {
    return await waiting
  } catch (error) {
    if (error instanceof TooLargeRevisionError) throw tooLargeResourceVersion(error.requested, error.current)
    if (error instanceof ExpiredError) throw expired(error.message)
    throw error
  }
}
