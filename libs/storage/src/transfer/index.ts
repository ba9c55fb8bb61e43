/** Taking all of a store elsewhere: snapshots, restores, copies between backends. */
export { openEmbeddedContents } from '../embedded/contents.ts'
export { StoreNotEmptyError } from '../embedded/errors.ts'
export { type EmbeddedImportOptions, type ImportResult, importEmbeddedStore } from '../embedded/import.ts'
export { type ContentsSum, contentsOf, type StoreContents } from './contents.ts'
export { type CopyOptions, type CopyResult, copyIntoStore, TargetNotEmptyError } from './copy-into-store.ts'
export { RaiseTooFarError } from './raise-revision.ts'
export { type SnapshotSummary, writeSnapshot } from './snapshot-file.ts'
export { readSnapshot, type SnapshotContents, SnapshotError, verifySnapshot } from './snapshot-reader.ts'
