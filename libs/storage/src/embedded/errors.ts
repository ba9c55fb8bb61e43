import { type Revision, StoreError } from '../key-value-store.ts'
import { dataFile } from './data-file.ts'
import { PageDamage } from './integrity/damage.ts'

/** The store's directory cannot be used; the message says why and what to do. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
}

/** Another process has it. */
export class StoreLockedError extends StoreOpenError {
  /** `pid`: the other one's; '' where it is not known. */
  constructor(directory: string, pid: string) {
    super(
      `the store in ${directory} is in use by another process${pid === '' ? '' : ` (pid ${pid})`}: stop that one first, or use another directory`,
    )
  }
}

export function storeMissing(directory: string): StoreOpenError {
  return new StoreOpenError(`there is no store in ${directory}`)
}

/** What shall become a store's directory holds something. */
export class StoreNotEmptyError extends Error {
  override readonly name = 'StoreNotEmptyError'
  constructor(directory: string) {
    super(`${directory} is not empty: choose a new or empty directory`)
  }
}

export function storeTooNew(directory: string, format: unknown, known: number): StoreOpenError {
  return new StoreOpenError(
    `the store in ${directory} was written by a newer version of kubets (format ${format}, this version reads up to ${known}): run that version, or use another directory`,
  )
}

export function storeDamaged(directory: string, what: string, cause?: unknown): StoreOpenError {
  return new StoreOpenError(
    `the store in ${directory} is damaged (${what}): restore a snapshot (kubets snapshot restore FILE --overwrite) and mistrust the disk, or move the directory away to start with an empty store`,
    { cause },
  )
}

/** The journal is not there, and LMDB says that it had one: `revision` is all that is known to be there. */
export function journalMissing(directory: string, revision: Revision): StoreOpenError {
  return new StoreOpenError(
    `the journal of the store in ${directory} is missing, and the store was not closed: writes after revision ${revision} that were acknowledged may be lost. Put the file back, restore a snapshot (kubets snapshot restore FILE --overwrite), or go on without them: kubets snapshot save FILE --accept-lost-writes --data-dir ${directory}, then restore that`,
  )
}

/** What is read is not what was written: the disk's fault. */
export class StoreDamagedError extends StoreError {
  override readonly name = 'StoreDamagedError'
  constructor(directory: string, what: string) {
    super(
      `the store in ${directory} is damaged: ${what}: restore a snapshot (kubets snapshot restore), and mistrust the disk`,
    )
  }
}

export function storeUnusable(directory: string, cause: unknown): StoreOpenError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new StoreOpenError(`the store in ${directory} cannot be opened: ${why}`, { cause })
}

/** What is said of a file that is not whole, or could not be looked at. */
export function notWhole(directory: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error
  return error instanceof PageDamage
    ? storeDamaged(directory, `${dataFile}, page ${error.page}: ${error.message}`, error)
    : storeUnusable(directory, error)
}

/** A commit did not reach the disk: nothing of it, and nothing built on it, was written. */
export class CommitFailedError extends StoreError {
  override readonly name = 'CommitFailedError'
  constructor(cause: unknown) {
    super(`the write did not reach the disk: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** The disk has no room for the write; etcd's words, so that what looks for them finds them. */
export class NoSpaceError extends StoreError {
  override readonly name = 'NoSpaceError'
  constructor(directory: string) {
    super(`etcdserver: mvcc: database space exceeded: the disk of ${directory} is full`)
  }
}
