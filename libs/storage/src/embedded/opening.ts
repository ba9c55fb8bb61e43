import { mkdir } from 'node:fs/promises'
import type { Clock, Logger } from '@kubets/component'
import type { KeyValueStore } from '../key-value-store.ts'
import { dataFileSize } from './data-file.ts'
import { notWhole } from './errors.ts'
import type { LoadingThread } from './loading/loading-thread.ts'
import { lockDirectory } from './lock.ts'
import type { Dropped } from './recovery/whole-store.ts'
import type { Writer } from './writing/committer.ts'

export interface EmbeddedStoreOptions {
  /** Holds `data.mdb` and the lock; created (0700) when it is missing. One process at a time. */
  directory: string
  clock?: Clock
  /** Default: silent. */
  logger?: Pick<Logger, 'warn'>
  /** `none`: commits are not brought to the disk, and a power cut loses them. For the test of that test only. Default `disk`. */
  durability?: 'disk' | 'none'
  /** What will be scanned first, and soon: a thread begins with it at once when the file has so many bytes (default 32 MiB). */
  load?: { readonly start: string; readonly end: string; readonly from?: number }
  /** Who writes to the file. Default `busy`: the loop, and a thread as soon as there is much to write. */
  writer?: Writer
}

/** A thread takes a tenth of a second to start. */
const largeFile = 32 * 2 ** 20

/** Opens or creates a store in a directory. Throws a `StoreOpenError` for what is locked, damaged or newer. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<KeyValueStore> {
  const { store } = await beginEmbeddedStore(options)
  return store
}

/** Resolves as soon as what takes long is done by a thread, if any does it: the loop may then be busy with other things. */
export async function beginEmbeddedStore(options: EmbeddedStoreOptions): Promise<{ store: Promise<KeyValueStore> }> {
  await using undo = new AsyncDisposableStack()
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  undo.use(await lockDirectory(options.directory))
  const loading = await startLoading(options)
  if (loading !== undefined) undo.use(loading)
  const store = opened(options, loading, undo.move())
  store.catch(() => undefined)
  return { store }
}

async function opened(
  options: EmbeddedStoreOptions,
  loading: LoadingThread | undefined,
  begun: AsyncDisposableStack,
): Promise<KeyValueStore> {
  await using undo = begun
  const [{ openLockedStore }, found] = await Promise.all([
    import('./store.ts'),
    loading && wholeness(options.directory, loading),
  ])
  const { store, dropped = found?.dropped, replayed } = await openLockedStore(options, loading, undo)
  // what LMDB had only in part, the journal had whole
  if (dropped !== undefined && replayed === 0)
    options.logger?.warn(
      { directory: options.directory, transaction: dropped.transaction },
      'The last commit before the store ended was not wholly on the disk, and nobody had an answer to it: the store goes on without it',
    )
  return store
}

async function startLoading({ directory, load }: EmbeddedStoreOptions): Promise<LoadingThread | undefined> {
  if (load === undefined || (dataFileSize(directory) ?? 0) < (load.from ?? largeFile)) return undefined
  const { LoadingThread } = await import('./loading/loading-thread.ts')
  return new LoadingThread(directory, { start: load.start, end: load.end })
}

async function wholeness(directory: string, loading: LoadingThread): Promise<{ dropped: Dropped | undefined }> {
  try {
    return { dropped: await loading.whole }
  } catch (error) {
    throw notWhole(directory, error)
  }
}
