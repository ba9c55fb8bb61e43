import { RpcError, rpcCode } from '@kubets/cri'

/** Gives every event to every reader that was there when it happened. */
export class Broadcaster<T> {
  readonly #readers = new Set<Reader<T>>()
  readonly #bound: number

  /** @param bound events that one reader may be behind; one more ends its stream, and it lists again */
  constructor(bound = 1_000) {
    this.#bound = bound
  }

  publish(event: T): void {
    for (const reader of this.#readers) {
      if (reader.queue.length >= this.#bound) reader.overflow = true
      else reader.queue.push(event)
      reader.wake()
    }
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0
  }

  /** Ends when the signal aborts; fails with RESOURCE_EXHAUSTED when the reader is too slow. */
  async *subscribe(signal: AbortSignal): AsyncGenerator<T> {
    const reader: Reader<T> = { queue: [], overflow: false, wake: () => undefined }
    const wake = () => reader.wake()
    signal.addEventListener('abort', wake)
    this.#readers.add(reader)
    try {
      while (!signal.aborted) {
        const event = reader.queue.shift()
        if (event !== undefined) {
          yield event
          continue
        }
        if (reader.overflow)
          throw new RpcError(rpcCode.resourceExhausted, `reader is more than ${this.#bound} events behind; list again`)
        await new Promise<void>(resolve => {
          reader.wake = resolve
        })
      }
    } finally {
      this.#readers.delete(reader)
      signal.removeEventListener('abort', wake)
    }
  }
}

interface Reader<T> {
  queue: T[]
  overflow: boolean
  wake(): void
}
