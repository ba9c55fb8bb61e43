import type { TLSSocket } from 'node:tls'
import type { Victim } from './victim.ts'
import { dial } from './wire.ts'

/** Frames of HTTP/2 as bytes: clients of Node will not send what is wrong. RFC 9113. */
export const frameType = {
  data: 0,
  headers: 1,
  rst: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
}
export const flag = { endStream: 1, ack: 1, endHeaders: 4 }

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** HPACK: every field as a literal, without an index and without Huffman's code. */
export function fields(all: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'latin1')
    if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
    const length = [127]
    let rest = bytes.length - 127
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128)
    return Buffer.concat([Buffer.from([...length, rest]), bytes])
  }
  return Buffer.concat(all.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

export const get = (path: string): readonly (readonly [string, string])[] => [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'victim'],
  [':path', path],
]

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** A connection of HTTP/2 whose every byte is ours. */
export interface RawSession {
  readonly socket: TLSSocket
  readonly received: readonly Frame[]
  /** False when the server takes no more for now. */
  write(...frames: readonly Buffer[]): boolean
  readonly closed: Promise<void>
  readonly isClosed: () => boolean
}

export async function rawSession(
  victim: Victim,
  credentials: { cert?: string; key?: string } = {},
): Promise<RawSession> {
  const socket = await dial(victim, { ...credentials, ALPNProtocols: ['h2'] })
  const received: Frame[] = []
  let buffered = Buffer.alloc(0)
  let over = false
  const closed = new Promise<void>(resolve =>
    socket.once('close', () => {
      over = true
      resolve()
    }),
  )
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    while (buffered.length >= 9 && buffered.length >= 9 + buffered.readUIntBE(0, 3)) {
      const length = buffered.readUIntBE(0, 3)
      received.push({
        type: buffered.readUInt8(3),
        flags: buffered.readUInt8(4),
        stream: buffered.readUInt32BE(5),
        payload: buffered.subarray(9, 9 + length),
      })
      buffered = buffered.subarray(9 + length)
    }
  })
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(frameType.settings, 0, 0)]))
  return {
    socket,
    received,
    write: (...frames) => !over && socket.write(Buffer.concat(frames)),
    closed,
    isClosed: () => over,
  }
}
