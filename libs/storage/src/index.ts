/** The versioned store (embedded, etcd), encryption at rest, and the watch cache above them. */
import type { EmbeddedStoreOptions } from './embedded/opening.ts'
import type { EtcdStoreOptions } from './etcd/store.ts'
import type { KeyValueStore } from './key-value-store.ts'

export { type CompactorOptions, startCompactor } from './compactor.ts'
export { DelegatingStore } from './delegating-store.ts'
export { CommitFailedError, NoSpaceError, StoreOpenError } from './embedded/errors.ts'
export type { EmbeddedStoreOptions } from './embedded/opening.ts'
export * from './encryption/index.ts'
export { EtcdServerError, EtcdUnavailableError } from './etcd/errors.ts'
export type { EtcdStoreOptions } from './etcd/store.ts'
export { normalizedPrefix, storePrefix, withKeyPrefix } from './key-prefix.ts'
export * from './key-value-store.ts'
export { type StoredForms, translatedStore } from './stored-form/translated-store.ts'
export type * from './transfer/index.ts'
export * from './watch-cache/index.ts'

/**
 * Opens or creates the embedded store in a directory. Throws {@link StoreOpenError} for what is locked, damaged or newer.
 * LMDB is loaded by this call, not by the import.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<KeyValueStore> {
  return (await import('./embedded/opening.ts')).openEmbeddedStore(options)
}

/**
 * Connects to etcd 3.4 or newer. Throws {@link EtcdUnavailableError} when none of the endpoints answers. grpc-js
 * is loaded by this call, not by the import.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<KeyValueStore> {
  return (await import('./etcd/store.ts')).openEtcdStore(options)
}

/** Snapshots, restores and copies between backends. Loaded by this call: no server needs them. */
export function storeTransfer(): Promise<typeof import('./transfer/index.ts')> {
  return import('./transfer/index.ts')
}
