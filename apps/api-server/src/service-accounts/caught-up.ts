import type { Rest } from '../resources/rest.ts'

/** An object that the cache does not have, or has another one of that name. */
export class MissingObjectError extends Error {
  override readonly name = 'MissingObjectError'
}

/**
 * What a check of cached objects finds; one that misses an object looks again when the cache has what the store has now. Over etcd it hears of a write later than
 * who wrote, and of those through another api-server by itself. Upstream asks its own API then.
 */
export function withCaughtUpCache<T>({ cache }: Pick<Rest, 'cache'>, check: () => T): T | Promise<T> {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error
    return cache.consistentSnapshot().then(check)
  }
}
