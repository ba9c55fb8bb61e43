import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '../database.ts'
import { FlushFailedError, flushed, notFlushed, SealedCommits } from '../sealing/sealed-commits.ts'
import type { Order, Task, Told } from './contract.ts'
import { packingTables } from './raw-tables.ts'
import { RoomAhead } from './room-ahead.ts'
import { applyBatch } from './write-batch.ts'

// The thread that writes: one batch, one transaction, one flush, and it is on the disk.
const port = parentPort
if (port === null) throw new Error('this is a thread of the embedded store')
const { directory, mode } = workerData as Task
// the loop has opened the file and looked at it: this is the same environment of LMDB, which threads may share
const { root } = openDatabase(directory, mode, true)
const tables = packingTables(root)
const sealed = mode === 'write' ? new SealedCommits(directory) : undefined
const ahead = new RoomAhead(directory, () => (root.getStats() as unknown as { lastPageNumber: number }).lastPageNumber)

function commit(memory: ArrayBuffer, length: number): void {
  const seals = sealed?.begin() === true
  root.transactionSync(() => applyBatch(memory, length, tables), seals ? notFlushed : flushed)
  if (seals) sealed?.end()
}

const tell = (told: Told, moved: ArrayBuffer[] = []) => port.postMessage(told, moved)

port.on('message', (order: Order) => {
  if (order === 'close') {
    port.close()
    ahead[Symbol.dispose]()
    sealed?.[Symbol.dispose]()
    void root.close()
    return
  }
  const { memory, length } = order
  try {
    commit(memory, length)
    tell({ type: 'committed', memory }, [memory])
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause)
    tell({ type: 'committed', memory, error, lost: cause instanceof FlushFailedError }, [memory])
  }
  if (mode === 'write') ahead.keep()
})
tell({ type: 'ready' })
