import { parentPort, workerData } from 'node:worker_threads'
import { Turn } from '../../turn.ts'
import { type OpenedDatabase, openDatabase, readCounter, type Snapshot } from '../database.ts'
import { StoreOpenError } from '../errors.ts'
import { PageDamage } from '../integrity/index.ts'
import { pageFrom, pageSize } from '../pages.ts'
import { makeWhole } from '../recovery/whole-store.ts'
import { visitPage } from '../scan.ts'
import { BatchWriter } from './batch.ts'
import { places, type Report, type Task } from './contract.ts'

// The thread that looks whether the file is whole, and then reads what stands in it.
const port = parentPort
if (port === null) throw new Error('this is a thread of the embedded store')
const { directory, range, signals } = workerData as Task
const shared = new Int32Array(signals)

/** Batches, of a megabyte each, that may wait to be taken in. */
const mostAhead = 512

class Stopped extends Error {}

const report = (told: Report) => port.postMessage(told)

const assertWanted = () => {
  if (Atomics.load(shared, places.stop) !== 0) throw new Stopped()
}

if (isWhole()) port.once('message', () => void read())

function isWhole(): boolean {
  try {
    report({ type: 'whole', dropped: makeWhole(directory) })
    return true
  } catch (error) {
    if (error instanceof PageDamage) report({ type: 'damaged', page: error.page, what: error.message })
    else if (error instanceof StoreOpenError) report({ type: 'refused', why: error.message })
    else throw error
    return false
  }
}

/** By now the loop has opened the file: what is opened here is the same environment of LMDB, which threads may share. */
async function read(): Promise<void> {
  if (Atomics.load(shared, places.stop) !== 0) return
  const db = openDatabase(directory, 'beside')
  try {
    const snapshot = db.root.useReadTransaction() as Snapshot
    try {
      await readAll(db, snapshot)
    } finally {
      snapshot.done()
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  } finally {
    await db.root.close()
  }
}

async function readAll(db: OpenedDatabase, snapshot: Snapshot): Promise<void> {
  const revision = readCounter(db, 'revision', snapshot) ?? 0
  const { start, end } = range
  const keys = db.keys.getKeysCount({ start, end, transaction: snapshot })
  Atomics.store(shared, places.left, Math.ceil(keys / pageSize))
  report({ type: 'began', revision, keys })
  let sent = 0
  const writer = new BatchWriter(batch => {
    waitUntilTaken(sent - mostAhead)
    sent++
    const { keys, numbers, revisions, leases } = batch
    const moved = [keys.buffer, numbers.buffer, revisions.buffer, ...(leases === undefined ? [] : [leases.buffer])]
    port?.postMessage({ type: 'batch', batch } satisfies Report, moved)
  })
  const scanned = { db, revision, snapshot, assertOpen: assertWanted }
  const turn = new Turn()
  let from = start
  let place = 0
  while (Atomics.sub(shared, places.left, 1) > 0) {
    const found = pageFrom(db, { start: from, end }, place, snapshot)
    place += found.length
    from = `${found.at(-1)?.key}\0`
    await visitPage(scanned, found, (kv, at) => writer.add(kv, at), turn)
  }
  writer.end()
  report({ type: 'end' })
}

function waitUntilTaken(batches: number): void {
  for (;;) {
    assertWanted()
    const taken = Atomics.load(shared, places.taken)
    if (taken >= batches) return
    Atomics.wait(shared, places.taken, taken)
  }
}
