import { setTimeout as sleep } from 'node:timers/promises'
import { Connection, requestBytes } from '../api/connection.ts'
import type { Target } from '../api/target.ts'
import { openHttp2Reader } from './http2-reader.ts'

// Many clients in a process of their own, so that what they cost disturbs no one who measures. Told what to do by its parent.
export type Orders =
  | { do: 'open'; target: Target; connections: number; streams: number; paths: string[]; atOnce: number }
  | { do: 'expect'; bytes: number | undefined }
  | { do: 'close' }

const newline = 10
/** The end of an event over HTTP/1.1 is the end of its line and of its chunk. */
const lineEnd = 0x0a_0d_0a
const ofLineEnd = 3
let open: { close(): void }[] = []
let receivers: Receiver[] = []
let clients = 0
let left = 0
/** Bytes that each connection waits for; undefined: until an event's end. */
let wanted: number | undefined

const say = (text: string) => process.send?.([text, Number(process.hrtime.bigint())])

function arrived(): void {
  if (--left === 0) say('arrived')
}

/** Takes what one client receives. */
class Receiver {
  #bytes = 0
  /** The last bytes that came, as one number. */
  #last = 0

  expect(): void {
    this.#bytes = 0
  }

  take(memory: Buffer, length: number): void {
    if (wanted !== undefined) {
      this.#bytes += length
      if (this.#bytes === wanted) arrived()
      return
    }
    for (let at = Math.max(0, length - ofLineEnd); at < length; at++)
      this.#last = ((this.#last << 8) | (memory[at] as number)) & 0xff_ff_ff
    if (this.#last !== lineEnd) return
    this.#last = 0
    arrived()
  }
}

/** A client that is refused or reset tries again, as real ones do: where a machine has much to do, handshakes of thousands outlast their time. */
const patience = 300_000
/** Waits between two attempts, ms, doubled up to the second. */
const firstWait = 100
const lastWait = 3_200

async function persist<T>(attempt: () => Promise<T>): Promise<T> {
  const began = performance.now()
  for (let wait = firstWait; ; wait = Math.min(wait * 2, lastWait))
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() - began > patience) throw error
      await sleep(wait)
    }
}

/** Resolves when it is answered. */
async function openHttp1(target: Target, path: string): Promise<void> {
  const connection = await Connection.open(target)
  await new Promise<void>((resolve, reject) => {
    let answered = false
    const receiver = new Receiver()
    receivers.push(receiver)
    connection.stream(
      requestBytes({ method: 'GET', path, token: target.token }),
      (memory, length) => {
        if (answered) return receiver.take(memory, length)
        answered = true
        resolve()
      },
      error => {
        // nobody would wait for what it misses
        if (answered) throw error
        reject(error)
      },
    )
  })
  open.push(connection)
}

/** The same. */
async function openHttp2(target: Target, paths: readonly string[]): Promise<void> {
  open.push(
    await openHttp2Reader(target, paths, last => {
      if (last === newline) arrived()
    }),
  )
}

process.on('message', async (orders: Orders) => {
  if (orders.do === 'close') {
    for (const one of open) one.close()
    open = []
    receivers = []
    say('closed')
  } else if (orders.do === 'expect') {
    wanted = orders.bytes
    for (const receiver of receivers) receiver.expect()
    left = clients
    say('expecting')
  } else {
    const { target, connections, streams, paths, atOnce } = orders
    const pathOf = (i: number) => paths[i % paths.length] as string
    clients = connections * streams
    const all = Array.from({ length: streams }, (_, stream) => pathOf(stream))
    let next = 0
    const openOthers = async () => {
      while (next < connections) {
        const i = next++
        await persist(() => (streams === 1 ? openHttp1(target, pathOf(i)) : openHttp2(target, all)))
      }
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, connections) }, openOthers))
    say('open')
  }
})
process.on('disconnect', () => process.exit(0))
