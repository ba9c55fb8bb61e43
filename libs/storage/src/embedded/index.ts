/** The embedded store: etcd's MVCC model on one LMDB file, for clusters without an etcd. A room with a door of its own: a start imports it first, and alone. */
export { normalizedPrefix, storePrefix } from '../key-prefix.ts'
export { prefixEnd } from '../key-value-store.ts'
export { CommitFailedError, NoSpaceError, StoreOpenError } from './errors.ts'
export { beginEmbeddedStore, type EmbeddedStoreOptions, openEmbeddedStore } from './opening.ts'
