/** The embedded store: etcd's MVCC model on one LMDB file, for clusters without an etcd. */
export { CommitFailedError, NoSpaceError, StoreOpenError } from './errors.ts'
export { type EmbeddedStoreOptions, openEmbeddedStore } from './store.ts'
