import { type Clock, type Logger, type Running, running, silentLogger, sleep, systemClock } from '@kubets/component'
import { CompactedError, type KeyValueStore, type Revision } from './key-value-store.ts'

export interface CompactorOptions {
  store: KeyValueStore
  /** `--etcd-compaction-interval` in milliseconds; history of one to two intervals is kept. Default five minutes. */
  interval?: number
  clock?: Clock
  logger?: Logger
  /** Hears what was compacted, by us or by another server: at the latest one interval after it. */
  onCompacted?(revision: Revision): void
}

/** Where servers that share a store agree on who compacts: the key that kube-apiserver uses. */
export const compactionKey = 'compact_rev_key'

/**
 * Forgets history that is older than one interval, on every interval. Of several servers on one store the first to
 * write the key in an interval does it; the others see that it changed and wait for the next one.
 */
export async function startCompactor(options: CompactorOptions): Promise<Running> {
  const { store, interval = 300_000, clock = systemClock, logger = silentLogger() } = options
  await using undo = new AsyncDisposableStack()
  const stop = new AbortController()
  const loop = run(store, interval, clock, logger, stop.signal, options.onCompacted)
  undo.defer(async () => {
    stop.abort()
    await loop
  })
  return running(undo.move())
}

type Heard = CompactorOptions['onCompacted']

async function run(
  store: KeyValueStore,
  interval: number,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
  heard?: Heard,
) {
  /** The key as we saw it last, and the store's revision then. */
  let seen: { key: Revision; revision: Revision } | undefined
  for (;;) {
    try {
      if (seen) seen = await compactOnce(store, seen, logger, heard)
      else {
        const { kv, revision } = await store.get(compactionKey)
        seen = { key: kv?.modRevision ?? 0, revision }
      }
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'Compaction failed; it is tried again at the next interval')
    }
    await sleep(interval, signal, clock)
    if (signal.aborted) return
  }
}

async function compactOnce(
  store: KeyValueStore,
  seen: { key: Revision; revision: Revision },
  logger: Logger,
  heard?: Heard,
) {
  const value = Buffer.from(String(seen.revision))
  const claimed = await store.put({ key: compactionKey, value, expected: seen.key })
  const next = {
    key: claimed.ok ? claimed.revision : (claimed.current?.modRevision ?? 0),
    revision: claimed.revision,
  }
  if (!claimed.ok) {
    const theirs = Number(Buffer.from(claimed.current?.value ?? []).toString())
    if (Number.isSafeInteger(theirs)) heard?.(theirs)
    return next
  }
  try {
    await store.compact(seen.revision)
    logger.debug({ revision: seen.revision }, 'Compacted')
  } catch (error) {
    // somebody was faster
    if (!(error instanceof CompactedError)) throw error
  }
  heard?.(seen.revision)
  return next
}
