/** The versioned store (embedded, etcd) and the watch cache above it. */
import type { EmbeddedStoreOptions } from './embedded/store.ts'
import type { KeyValueStore } from './key-value-store.ts'

export { CommitFailedError, StoreOpenError } from './embedded/errors.ts'
export type { EmbeddedStoreOptions } from './embedded/store.ts'
export * from './key-value-store.ts'
export * from './watch-cache/index.ts'

/**
 * Opens or creates the embedded store in a directory. Throws {@link StoreOpenError} for what is locked, damaged or newer.
 * LMDB is loaded by this call, not by the import.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<KeyValueStore> {
  return (await import('./embedded/store.ts')).openEmbeddedStore(options)
}
