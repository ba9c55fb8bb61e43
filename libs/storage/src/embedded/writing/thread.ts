import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '../database.ts'
import { FlushFailedError, flushed, notFlushed, SealedCommits } from '../sealing/sealed-commits.ts'
import type { ThreadTask, Told } from './contract.ts'
import { type Message, type Order, OrdersTaken } from './hand-over.ts'
import { packingTables } from './raw-tables.ts'
import { RoomAhead } from './room-ahead.ts'
import { applyBatch } from './write-batch.ts'

// The thread that writes: one batch, one transaction, one flush, and it is on the disk.
const port = parentPort
if (port === null) throw new Error('this is a thread of the embedded store')
const { directory, mode, shared } = workerData as ThreadTask
// the loop has opened the file and looked at it: this is the same environment of LMDB, which threads may share
const { root } = openDatabase(directory, mode, true)
const tables = packingTables(root)
const sealed = mode === 'write' ? new SealedCommits(directory) : undefined
// lmdb gathers far more than this number
const lastPage = () => sealed?.lastPage ?? (root.getStats() as unknown as { lastPageNumber: number }).lastPageNumber
const ahead = new RoomAhead(directory, lastPage)
const orders = new OrdersTaken(shared, port)

/** After so many commits without a pause the event loop has its turn: what collection leaves to be done waits there. */
const commitsInARow = 1_000

function commit({ memory, length }: Order): void {
  const seals = sealed?.begin() === true
  root.transactionSync(() => applyBatch(memory, length, tables), seals ? notFlushed : flushed)
  if (seals) sealed?.end()
}

const tell = (told: Told, moved: ArrayBuffer[] = []) => port.postMessage(told, moved)

function carryOut(order: Order): void {
  const memory = order.memory === orders.own ? undefined : order.memory
  const moved = memory === undefined ? [] : [memory]
  try {
    commit(order)
    tell(memory === undefined ? 'committed' : { memory }, moved)
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause)
    tell({ memory, error, lost: cause instanceof FlushFailedError }, moved)
  }
  if (mode === 'write') ahead.keep()
}

function serve(): void {
  for (let i = 0; i < commitsInARow; i++) {
    const order = orders.next()
    if (order === 'close') close()
    if (order === undefined || order === 'close') return
    carryOut(order)
  }
  setImmediate(serve)
}

function close(): void {
  port?.close()
  ahead[Symbol.dispose]()
  sealed?.[Symbol.dispose]()
  void root.close()
}

port.on('message', (message: Message) => {
  orders.heard(message)
  serve()
})
tell('ready')
