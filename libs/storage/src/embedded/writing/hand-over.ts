import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'

/** Orders up to so many bytes are copied into memory that both threads see; larger ones are moved, by message. */
const roomForOrder = 64 * 1024

/** So long does the thread sleep where it needs no message to be woken, ms: writers that follow one another come sooner. */
const usualPatience = 20

/** Words that both threads see. */
const orders = 0 //   how many there have been
const size = 1 //     bytes of the last one; moved: it comes by message
const asleep = 2 //   the thread waits for the first word to change; otherwise only a message reaches it
const moved = -1

/** What both threads have of it: plain views of shared memory, which a message can carry. */
export interface Shared {
  readonly words: Int32Array
  readonly room: Uint8Array
}

export function sharedMemory(): Shared {
  return {
    words: new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)),
    room: new Uint8Array(new SharedArrayBuffer(roomForOrder)),
  }
}

/** The thread is woken by its next order, without a message. */
export const isAsleep = ({ words }: Shared): boolean => Atomics.load(words, asleep) === 1

/** Bytes at the beginning of some memory. */
export interface Order {
  readonly memory: ArrayBuffer
  readonly length: number
}

/** To the thread. `look`: there is an order in the shared memory. */
export type Message = Order | 'look' | 'close'

type Post = (message: Message, moved: ArrayBuffer[]) => void

/**
 * Hands orders to the thread, one after the other; the next one only when the thread has done with the last. A message costs both sides several times as much as
 * what it says: it is written and read, and goes through the event loop of the one who gets it, while somebody waits for the disk. So a thread that had something
 * to do a moment ago sleeps on a word in shared memory, and is woken by its change.
 */
export class OrdersGiven {
  readonly #shared: Shared
  readonly #post: Post

  constructor(shared: Shared, post: Post) {
    this.#shared = shared
    this.#post = post
  }

  /** False: the memory went with it. */
  give({ memory, length }: Order): boolean {
    const copied = length <= roomForOrder
    if (copied) this.#shared.room.set(new Uint8Array(memory, 0, length))
    else this.#post({ memory, length }, [memory])
    this.#tell(copied ? length : moved)
    return copied
  }

  close(): void {
    this.#post('close', [])
    this.#tell(moved)
  }

  #tell(length: number): void {
    const { words } = this.#shared
    Atomics.store(words, size, length)
    // first the order, then the look whether it sleeps: it does both the other way round, so one of us sees the other
    Atomics.add(words, orders, 1)
    if (isAsleep(this.#shared)) Atomics.notify(words, orders)
    else this.#post('look', [])
  }
}

/** The thread's side. While it waits in {@link next} nothing else runs there. */
export class OrdersTaken {
  readonly #words: Int32Array
  readonly #room: Uint8Array
  readonly #port: MessagePort
  /** Where an order that was not moved lies while it is carried out: lmdb reads from no shared memory. */
  readonly own = new ArrayBuffer(roomForOrder)
  /** Messages that came through the event loop. */
  readonly #heard: Message[] = []
  readonly #patience: number
  #taken = 0

  /** `patience`: see {@link next}, ms. */
  constructor({ words, room }: Shared, port: MessagePort, patience = usualPatience) {
    this.#words = words
    this.#room = room
    this.#port = port
    this.#patience = patience
  }

  /** What the event loop brings; {@link next} has the orders. */
  heard(message: Message): void {
    if (message !== 'look') this.#heard.push(message)
  }

  /** The next order, once; undefined when none comes for a while: then a message says that there is one. */
  next(): Order | 'close' | undefined {
    const words = this.#words
    Atomics.store(words, asleep, 1)
    Atomics.wait(words, orders, this.#taken, this.#patience)
    Atomics.store(words, asleep, 0)
    if (Atomics.load(words, orders) === this.#taken) return undefined
    this.#taken = (this.#taken + 1) | 0
    const length = Atomics.load(words, size)
    if (length === moved) return this.#message()
    new Uint8Array(this.own).set(this.#room.subarray(0, length))
    return { memory: this.own, length }
  }

  /** It was sent before it was told of. */
  #message(): Order | 'close' {
    for (;;) {
      const message = this.#heard.shift() ?? (receiveMessageOnPort(this.#port)?.message as Message | undefined)
      if (message === undefined) throw new Error('an order was told of and not sent')
      if (message !== 'look') return message
    }
  }
}
