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
let open: { close(): void }[] = []
let clients = 0
let left = 0
/** Bytes that each connection waits for; undefined: until an event's end. */
let wanted: number | undefined
const received = new Map<object, number>()

const say = (text: string) => process.send?.([text, Number(process.hrtime.bigint())])

function arrived(): void {
  if (--left === 0) say('arrived')
}

/** Takes what one client receives; the end of an event is the end of its line. */
function receiver(lineEnd: string): (chunk: Buffer) => void {
  const client = {}
  let tail = ''
  return chunk => {
    if (wanted !== undefined) return count(client, chunk.length)
    tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - 3))).slice(-lineEnd.length)
    if (tail !== lineEnd) return
    tail = ''
    arrived()
  }
}

function count(client: object, bytes: number): void {
  const so_far = (received.get(client) ?? 0) + bytes
  received.set(client, so_far)
  if (so_far === wanted) arrived()
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
    const receive = receiver('\n\r\n')
    connection.stream(
      requestBytes({ method: 'GET', path, token: target.token }),
      chunk => {
        if (answered) return receive(chunk)
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
    say('closed')
  } else if (orders.do === 'expect') {
    wanted = orders.bytes
    received.clear()
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
