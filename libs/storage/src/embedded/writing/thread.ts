import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '../database.ts'
import type { Order, Task, Told } from './contract.ts'
import { rawTables } from './raw-tables.ts'
import { RoomAhead } from './room-ahead.ts'
import { applyBatch } from './write-batch.ts'

// The thread that writes: one batch, one transaction, which is on the disk when it ends.
const port = parentPort
if (port === null) throw new Error('this is a thread of the embedded store')
const { directory, mode } = workerData as Task
// the loop has opened the file and looked at it: this is the same environment of LMDB, which threads may share
const { root } = openDatabase(directory, mode, true)
const tables = rawTables(root)
const ahead = new RoomAhead(directory, () => (root.getStats() as unknown as { lastPageNumber: number }).lastPageNumber)

const tell = (told: Told, moved: ArrayBuffer[] = []) => port.postMessage(told, moved)

port.on('message', (order: Order) => {
  if (order === 'close') {
    port.close()
    ahead[Symbol.dispose]()
    void root.close()
    return
  }
  const { memory, length } = order
  let error: string | undefined
  try {
    root.transactionSync(() => applyBatch(memory, length, tables))
  } catch (cause) {
    error = cause instanceof Error ? cause.message : String(cause)
  }
  tell({ type: 'committed', memory, error }, [memory])
  if (mode === 'write') ahead.keep()
})
tell({ type: 'ready' })
