import { setTimeout as delay } from 'node:timers/promises'
import { type OpenedDatabase, readCounter } from '../database.ts'
import { storeUnusable } from '../errors.ts'
import { isLocked } from '../lock.ts'
import { readTransaction } from '../read-transaction.ts'
import { assertJournalThere, newestInJournal } from './replay.ts'

/** How long LMDB is asked whether it has what the journal has, and how many ms are between: its process brings it in after a second. */
const patience = 10_000
const between = 50

/**
 * For who reads beside the process that has the store: resolves with true when LMDB shows all that the journal has by now; with false when that process ended before.
 * `acceptLost`: where the journal is missing, what LMDB has will do.
 *
 * @throws StoreOpenError
 */
export async function showsJournal(db: OpenedDatabase, acceptLost: boolean): Promise<boolean> {
  if (!acceptLost) assertJournalThere(db)
  const wanted = newestInJournal(db)
  const began = performance.now()
  while (appliedIn(db) < wanted) {
    if (!(await isLocked(db.directory))) return false
    if (performance.now() - began > patience)
      throw storeUnusable(db.directory, new Error('the process that has it does not bring in what its journal has'))
    await delay(between)
  }
  return true
}

function appliedIn(db: OpenedDatabase): number {
  db.root.resetReadTxn()
  const transaction = readTransaction(db.root)
  try {
    return readCounter(db, 'journal', transaction) ?? 0
  } finally {
    transaction.done()
  }
}
