import type { Logger } from '@kubets/component'
import type { Revision } from '../key-value-store.ts'
import type { CacheEvent, CacheWatcher, CacheWatchOptions } from './contract.ts'
import { Watcher, WatcherIndex, type WatchersHome } from './watcher-index.ts'

/** The watches on the cache, from their beginning to their end. */
export class Watchers implements WatchersHome {
  /** Those that have not ended. */
  readonly index = new WatcherIndex()
  /** The cache's revision. */
  readonly current: () => Revision
  readonly #logger: Logger

  constructor(current: () => Revision, logger: Logger) {
    this.current = current
    this.#logger = logger
  }

  begin(options: CacheWatchOptions, backlog: readonly CacheEvent[]): CacheWatcher {
    const watcher = new Watcher(options, backlog, this)
    const leave = () => {
      watcher.ended = true
      this.index.remove(watcher)
    }
    if (options.signal.aborted) leave()
    else {
      options.signal.addEventListener('abort', leave, { once: true })
      this.index.add(watcher)
    }
    return watcher
  }

  endAll(error: Error): void {
    for (const watcher of this.index.takeAll()) this.#end(watcher, error)
  }

  /** Ends those whose range has the key. */
  endCovering(key: string, error: Error | undefined): void {
    for (const watcher of this.index.covering(key)) this.#end(watcher, error)
  }

  failed(watcher: Watcher, error: unknown): void {
    this.#logger.error({ err: error }, 'A watcher failed')
    this.#end(watcher, error instanceof Error ? error : new Error(String(error)))
  }

  #end(watcher: Watcher, error: Error | undefined): void {
    if (watcher.ended) return
    watcher.ended = true
    this.index.remove(watcher)
    try {
      watcher.options.onEnd(error)
    } catch (thrown) {
      this.#logger.error({ err: thrown }, 'A watcher failed')
    }
  }
}
