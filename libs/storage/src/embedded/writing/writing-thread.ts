import { Worker } from 'node:worker_threads'
import type { Task, ThreadTask, Told } from './contract.ts'
import { OrdersGiven, sharedMemory } from './hand-over.ts'
import type { WriteBatch } from './write-batch.ts'
import { messageOf, WriterEndedError } from './writer-ended.ts'

/** It holds one batch, and LMDB's pages are not in its heap. MB. */
const heap = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 }

interface UnderWay {
  readonly batch: WriteBatch
  readonly done: () => void
  readonly failed: (error: Error) => void
}

/** Commits batches in a thread of its own, one at a time: compression, the trees and the disk cost the loop nothing. */
export class WritingThread implements AsyncDisposable {
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #orders: OrdersGiven
  readonly #exited: Promise<void>
  #underWay: UnderWay | undefined
  #ended: Error | undefined

  constructor(task: Task) {
    const shared = sharedMemory()
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), {
      name: 'writing',
      workerData: { ...task, shared } satisfies ThreadTask,
      resourceLimits: heap,
    })
    this.#orders = new OrdersGiven(shared, (message, moved) => this.#worker.postMessage(message, moved))
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    this.ready = ready
    this.ready.catch(() => undefined)
    const end = (error: Error) => {
      this.#ended ??= error
      reject(this.#ended)
      this.#settle()?.failed(this.#ended)
    }
    this.#worker.on('message', (told: Told) => {
      // whoever forgets to close the store is not kept alive by it, as long as nothing is under way
      this.#worker.unref()
      if (told === 'ready') resolve()
      else this.#hear(told)
    })
    this.#worker.once('error', error => end(new WriterEndedError(`the thread that writes ended: ${messageOf(error)}`)))
    this.#exited = new Promise(exited => {
      this.#worker.once('exit', () => {
        end(new WriterEndedError('the thread that writes ended'))
        exited()
      })
    })
  }

  /** Resolves when it is on the disk, with the batch empty again. */
  commit(batch: WriteBatch): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((done, failed) => {
      this.#underWay = { batch, done, failed }
      this.#worker.ref()
      this.#orders.give(batch)
    })
  }

  #hear(told: Exclude<Told, 'ready'>): void {
    const underWay = this.#settle()
    const { memory, error, lost } = told === 'committed' ? { memory: undefined } : told
    underWay?.batch.refill(memory ?? underWay.batch.memory)
    if (error === undefined) underWay?.done()
    else underWay?.failed(lost === true ? new WriterEndedError(error) : new Error(error))
  }

  #settle(): UnderWay | undefined {
    const underWay = this.#underWay
    this.#underWay = undefined
    return underWay
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.ref()
    this.#orders.close()
    await this.#exited
  }
}
