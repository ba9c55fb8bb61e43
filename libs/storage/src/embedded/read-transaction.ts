import type { RootDatabase } from 'lmdb'
import type { Snapshot } from './database.ts'

const noTimer = {}

/**
 * A snapshot of what LMDB has now, for a caller who says when it is no longer needed. lmdb also sets a timer, in which it would take the next one for those
 * who never say: one for each commit, that wakes the loop while a writer waits for the disk, and makes the next snapshot dearer. It has no option
 * for it, so it finds no timers while it is asked. (Its `resetReadTxn` ends the snapshot's turn, but not the timer, which nobody else is told of.)
 */
export function readTransaction(root: RootDatabase): Snapshot {
  const { setTimeout } = globalThis
  globalThis.setTimeout = (() => noTimer) as unknown as typeof setTimeout
  try {
    return root.useReadTransaction() as Snapshot
  } finally {
    globalThis.setTimeout = setTimeout
  }
}
