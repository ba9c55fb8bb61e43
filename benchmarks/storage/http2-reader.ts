import { once } from 'node:events'
import { readingSocket } from '../api/reading-socket.ts'
import type { Target } from '../api/target.ts'

// The least that an HTTP/2 client can do: Node's own costs more for each piece that a stream receives than the server does to send it, and what
// is measured would be the client.

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const frameHead = 9
const type = { data: 0, headers: 1, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 }
const flag = { ack: 1, endStream: 1, endHeaders: 4 }
/** So much may be sent to us unasked; a benchmark ends long before. */
const window = 2 ** 30

export interface Http2Reader {
  close(): void
}

/** Opens one connection with a GET for each path; resolves when all are answered. `received` is told the last byte of each DATA frame. */
export async function openHttp2Reader(
  target: Target,
  paths: readonly string[],
  received: (last: number) => void,
): Promise<Http2Reader> {
  const { host, port, ca, cert, key } = target
  const answers = Promise.withResolvers<void>()
  let answered = 0
  const head = Buffer.alloc(frameHead)
  let read = 0
  let left = 0
  let kind = 0
  const begin = () => {
    left = head.readUIntBE(0, 3)
    kind = head[3] as number
    if (kind === type.headers && ++answered === paths.length) answers.resolve()
    if (kind === type.settings && ((head[4] as number) & flag.ack) === 0)
      socket.write(frame(type.settings, flag.ack, 0, Buffer.alloc(0)))
    if (kind === type.goAway) answers.reject(new Error('the server sent the client away'))
  }
  const take = (memory: Buffer, length: number) => {
    for (let at = 0; at < length; ) {
      if (left > 0) {
        const taken = Math.min(left, length - at)
        at += taken
        left -= taken
        if (left === 0 && kind === type.data) received(memory[at - 1] as number)
        continue
      }
      const taken = Math.min(frameHead - read, length - at)
      memory.copy(head, read, at, at + taken)
      at += taken
      read += taken
      if (read < frameHead) break
      read = 0
      begin()
    }
  }
  const socket = readingSocket(
    { host, port, ca, cert, key, ALPNProtocols: ['h2'], checkServerIdentity: () => undefined },
    take,
  )
  await once(socket, 'secureConnect')
  socket.on('error', answers.reject)
  socket.on('close', () => answers.reject(new Error('the server closed the connection')))
  const settings = Buffer.alloc(6)
  settings.writeUInt16BE(4, 0)
  settings.writeUInt32BE(window, 2)
  const update = Buffer.alloc(4)
  update.writeUInt32BE(window)
  socket.write(
    Buffer.concat([
      preface,
      frame(type.settings, 0, 0, settings),
      frame(type.windowUpdate, 0, 0, update),
      ...paths.map((path, i) => frame(type.headers, flag.endStream | flag.endHeaders, 2 * i + 1, ask(path))),
    ]),
  )
  await answers.promise
  return { close: () => socket.destroy() }
}

function frame(kind: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(frameHead)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = kind
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** GET over https, path and host as literals that no table remembers (HPACK, RFC 7541 section 6.2.2). */
function ask(path: string): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x87]), literal(4, path), literal(1, 'localhost')])
}

function literal(name: number, value: string): Buffer {
  const head = [name]
  let length = value.length
  if (length < 127) head.push(length)
  else {
    head.push(127)
    for (length -= 127; length >= 128; length >>= 7) head.push((length & 127) | 128)
    head.push(length)
  }
  return Buffer.concat([Buffer.from(head), Buffer.from(value, 'latin1')])
}
