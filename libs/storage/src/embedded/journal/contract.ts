import type { WriteBatch } from '../writing/write-batch.ts'
import type { WriterEndedError } from '../writing/writer-ended.ts'

/** LMDB behind the journal. */
export interface Tables {
  /** Resolves when the disk has room for a batch. @throws when it has none */
  room(batch: WriteBatch): Promise<void>
  /** Brings a batch into LMDB, and that to the disk; it is empty then. */
  commit(batch: WriteBatch): Promise<void>
}

/** What is known of a commit besides its batch. */
export interface CommitFacts {
  /** Higher than that of the commit before. */
  readonly number: number
  /** How many changes of keys it has. */
  readonly changes: number
  /** LMDB shall have it when it is on the disk. */
  readonly atOnce: boolean
}

/** Told of each commit that LMDB has, by its number (and all before it); or that no more will come. */
export interface CommitListener {
  shown(commit: number): void
  lost(error: WriterEndedError): void
}
