import { type Duplex, PassThrough, Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type PortForwardSession,
  portForwardOverSpdy,
  portForwardOverTunnel,
  portForwardOverWebSocket,
} from './index.ts'
import { blocks, hashOf, slowHash } from './testing/bulk.ts'
import { commandProtocols } from './testing/commands.ts'
import { type StreamPath, startStreamPath } from './testing/stream-path.ts'

const total = 100 * 1024 * 1024
const expected = hashOf(total)

let path: StreamPath
beforeAll(async () => {
  path = await startStreamPath()
})
afterAll(() => path[Symbol.asyncDispose]())

/** Lets two callers on when both have come, again and again. */
function meeting(): () => Promise<void> {
  let first: (() => void) | undefined
  return () =>
    new Promise(resolve => {
      if (first === undefined) first = resolve
      else {
        first()
        first = undefined
        resolve()
      }
    })
}

/** Client and server ends, two proxies, both directions, each with its stream and socket buffers; what is in the kernel is not counted. */
const mostHeld = 24

/** What comes, with its end: before v5 WebSocket clients cannot end their input, and whoever reads it knows how much comes. */
function wholeOf(stream: Readable): Readable {
  const counted = new PassThrough({ highWaterMark: 64 * 1024 })
  let left = total
  stream.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (!counted.write(chunk)) stream.pause()
    if (left === 0) counted.end()
  })
  counted.on('drain', () => stream.resume())
  return counted
}

async function overSession(opening: Promise<PortForwardSession>) {
  const session = await opening
  return { ...(await session.open(8080)), close: () => session.close() }
}

async function overChannels(protocol: string) {
  const { connections, close } = await portForwardOverWebSocket(path.forwardTarget([8080]), [8080], [protocol])
  const [connection] = connections
  if (!connection) throw new Error('no connection')
  return { ...connection, close }
}

describe('100 MB each way with slow readers arrive whole and memory stays bounded', () => {
  test.each(commandProtocols)('exec over %s', async (_name, open) => {
    const halfWay = meeting()
    const received = Promise.withResolvers<{ bytes: number; hash: string; held: number }>()
    path.exec = async session => {
      const { stdin, stdout } = session
      if (!stdin || !stdout) throw new Error('streams are missing')
      const input = slowHash(wholeOf(stdin), total, halfWay)
      input.then(received.resolve, received.reject)
      await Promise.all([input, pipeline(Readable.from(blocks(total)), stdout, { end: false })])
      return 3
    }
    const command = await open(path.execTarget())
    const { stdin, stdout } = command
    if (!stdin || !stdout) throw new Error('streams are missing')
    const [, output, input] = await Promise.all([
      pipeline(Readable.from(blocks(total)), stdin as Writable, { end: false }),
      slowHash(stdout, total, halfWay),
      received.promise,
    ])
    command.close()
    expect(output).toMatchObject({ bytes: total, hash: expected })
    expect(input).toMatchObject({ bytes: total, hash: expected })
    expect(Math.max(output.held, input.held)).toBeLessThan(mostHeld)
  })

  const forwardProtocols: [string, () => Promise<{ data: Duplex; error: Promise<string>; close(): void }>][] = [
    ['SPDY', () => overSession(portForwardOverSpdy(path.forwardTarget()))],
    ['SPDY inside a WebSocket', () => overSession(portForwardOverTunnel(path.forwardTarget()))],
    ['WebSocket v4', () => overChannels('v4.channel.k8s.io')],
    ['WebSocket base64', () => overChannels('v4.base64.channel.k8s.io')],
  ]
  test.each(forwardProtocols)('port-forward over %s', async (_name, open) => {
    const halfWay = meeting()
    const received = Promise.withResolvers<{ bytes: number; hash: string; held: number }>()
    path.portForward = async (port, stream) => {
      expect(port).toBe(8080)
      const input = slowHash(wholeOf(stream), total, halfWay)
      input.then(received.resolve, received.reject)
      await Promise.all([input, pipeline(Readable.from(blocks(total)), stream, { end: false })])
    }
    const { data, error, close } = await open()
    const [, output, input] = await Promise.all([
      pipeline(Readable.from(blocks(total)), data as Writable, { end: false }),
      slowHash(data, total, halfWay),
      received.promise,
    ])
    close()
    expect(await error).toBe('')
    expect(output).toMatchObject({ bytes: total, hash: expected })
    expect(input).toMatchObject({ bytes: total, hash: expected })
    expect(Math.max(output.held, input.held)).toBeLessThan(mostHeld)
  })
})
