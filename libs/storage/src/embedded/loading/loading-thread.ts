import { Worker } from 'node:worker_threads'
import type { Revision, Visit } from '../../key-value-store.ts'
import { Turn } from '../../turn.ts'
import { StoreOpenError } from '../errors.ts'
import { PageDamage } from '../integrity/index.ts'
import { pageBefore, pageSize } from '../pages.ts'
import type { Dropped } from '../recovery/whole-store.ts'
import { type Scanned, visitPage } from '../scan.ts'
import { BatchReader } from './batch.ts'
import { type Batch, places, type Report, type Task } from './contract.ts'

/** Key-values between two looks at the time. */
const atOnce = 64

/**
 * Reads a large store in a thread of its own, while the loop still imports the modules that will serve it: looks whether the file is whole,
 * and then, once the loop has opened it, copies all of a range into memory that both share. It is read once.
 */
export class LoadingThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #signals = new Int32Array(new SharedArrayBuffer(places.length * 4))
  readonly #range: Task['range']
  readonly #whole = Promise.withResolvers<Dropped | undefined>()
  readonly #began = Promise.withResolvers<{ revision: Revision; keys: number }>()
  readonly #exited = Promise.withResolvers<void>()
  readonly #batches: Batch[] = []
  #ended = false
  #failed: Error | undefined
  #more: (() => void) | undefined

  constructor(directory: string, range: Task['range']) {
    this.#range = range
    const workerData: Task = { directory, range, signals: this.#signals.buffer as SharedArrayBuffer }
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { name: 'loading', workerData })
    this.#worker.on('message', (told: Report) => this.#hear(told))
    this.#worker.once('error', error => this.#fail(error as Error))
    this.#worker.once('exit', () => {
      this.#fail(new Error('the thread that reads the store ended'))
      this.#exited.resolve()
    })
    this.#began.promise.catch(() => undefined)
    this.#whole.promise.catch(() => undefined)
  }

  /** Rejects with a {@link PageDamage} when it is not. */
  get whole(): Promise<Dropped | undefined> {
    return this.#whole.promise
  }

  /** The file is open, and may be read. */
  read(): void {
    this.#worker.postMessage('read')
  }

  /**
   * As {@link KeyValueStore.scan}; nothing when it reads something else, or not as of that revision. While there is nothing to take in,
   * the loop reads from the other end.
   */
  async scan({ start, end }: Task['range'], scanned: Scanned, visit: Visit): Promise<Revision | undefined> {
    const { db, revision, snapshot, assertOpen } = scanned
    if (start !== this.#range.start || end !== this.#range.end) return undefined
    const began = await this.#began.promise
    if (began.revision !== revision) return undefined
    const turn = new Turn()
    let before = { key: end, place: began.keys }
    for (;;) {
      const batch = this.#batches.shift()
      if (batch !== undefined) await this.#takeIn(batch, visit, turn, assertOpen)
      else if (this.#failed !== undefined && !this.#ended) throw this.#failed
      else if (Atomics.sub(this.#signals, places.left, 1) > 0) {
        const found = pageBefore(
          db,
          { start, end: before.key },
          ((before.place - 1) % pageSize) + 1,
          before.place,
          snapshot,
        )
        before = found.at(-1) ?? before
        await visitPage(scanned, found, visit, turn)
        // batches come between turns
        await turn.next()
      } else if (this.#ended) return revision
      else await this.#something()
      assertOpen()
    }
  }

  async #takeIn(batch: Batch, visit: Visit, turn: Turn, assertOpen: () => void): Promise<void> {
    const reader = new BatchReader(batch)
    for (let kv = reader.next(), i = 0; kv !== undefined; kv = reader.next(), i++) {
      if (i % atOnce === 0 && turn.over) {
        await turn.next()
        assertOpen()
      }
      const held = visit(kv, reader.place, true)
      if (held !== undefined) await held
    }
    Atomics.add(this.#signals, places.taken, 1)
    Atomics.notify(this.#signals, places.taken)
  }

  #something(): Promise<void> {
    return new Promise(resolve => {
      this.#more = resolve
    })
  }

  /** Leaves off, if it is not done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.#exited.promise
  }

  stop(): void {
    this.#batches.length = 0
    Atomics.store(this.#signals, places.stop, 1)
    Atomics.add(this.#signals, places.taken, 1)
    Atomics.notify(this.#signals, places.taken)
    // one that was never told to read waits for that
    this.read()
  }

  #hear(told: Report): void {
    if (told.type === 'whole') this.#whole.resolve(told.dropped)
    else if (told.type === 'damaged') this.#whole.reject(new PageDamage(told.page, told.what))
    else if (told.type === 'refused') this.#whole.reject(new StoreOpenError(told.why))
    else if (told.type === 'began') this.#began.resolve(told)
    else if (told.type === 'batch') this.#batches.push(told.batch)
    else this.#ended = true
    this.#wake()
  }

  #fail(error: Error): void {
    this.#failed ??= error
    this.#whole.reject(error)
    this.#began.reject(error)
    this.#wake()
  }

  #wake(): void {
    this.#more?.()
    this.#more = undefined
  }
}
