import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { constants, createDeflate } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { dataFrameHeader, pingFrame, synStreamFrame } from './frames.ts'
import { dictionary, HeaderBlockReader, HeaderBlockWriter } from './header-block.ts'
import { SpdyConnection, type SpdyStream } from './index.ts'

/** Two ends of one wire. */
function wire(): [Duplex, Duplex] {
  const make = (other: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(chunk, _encoding, callback) {
        setImmediate(() => {
          other().push(chunk)
          callback()
        })
      },
      final(callback) {
        other().push(null)
        callback()
      },
    })
  const a: Duplex = make(() => b)
  const b: Duplex = make(() => a)
  return [a, b]
}

function pair(onStream: (stream: SpdyStream) => void) {
  const [left, right] = wire()
  return {
    client: new SpdyConnection({ transport: left, side: 'client' }),
    server: new SpdyConnection({ transport: right, side: 'server', onStream }),
  }
}

/** A server's connection and the raw bytes to and from it. */
function raw(onStream: (stream: SpdyStream) => void = () => undefined) {
  const [near, far] = wire()
  const sent: Buffer[] = []
  near.on('data', (chunk: Buffer) => sent.push(chunk))
  const connection = new SpdyConnection({ transport: far, side: 'server', onStream })
  return { near, far, connection, sent: () => Buffer.concat(sent) }
}

afterEach(() => vi.useRealTimers())

describe('header blocks', () => {
  test('the dictionary is the one of SPDY/3', () => {
    expect(dictionary.length).toBe(1423)
    expect(dictionary.subarray(0, 11)).toEqual(Buffer.from('\0\0\0\x07options'))
    expect(dictionary.subarray(-7).toString()).toBe(',enq=0.')
  })

  test('what is written is read again, block after block', async () => {
    const writer = new HeaderBlockWriter()
    const reader = new HeaderBlockReader()
    for (const headers of [{ streamType: 'stdin' }, {}, { port: '80', requestid: '7' }])
      expect({ ...(await reader.decode(writer.encode(headers))) }).toEqual(
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      )
    reader.close()
  })

  test('blocks compressed with the dictionary, as Go writes them', async () => {
    const deflate = createDeflate({ dictionary, level: 9 })
    const reader = new HeaderBlockReader()
    for (let i = 0; i < 3; i++) {
      deflate.write(Buffer.from('\0\0\0\x01\0\0\0\x04port\0\0\0\x0280', 'latin1'))
      const block = await new Promise<Buffer>(resolve =>
        deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(deflate.read() as Buffer)),
      )
      expect({ ...(await reader.decode(block)) }).toEqual({ port: '80' })
    }
    reader.close()
  })

  test('a block that inflates to more than its bound is refused', async () => {
    const deflate = createDeflate({ dictionary })
    deflate.write(Buffer.alloc(5_000_000))
    const bomb = await new Promise<Buffer>(resolve =>
      deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(deflate.read() as Buffer)),
    )
    const reader = new HeaderBlockReader()
    await expect(reader.decode(bomb)).rejects.toThrow('too large')
    reader.close()
  })
})

describe('a connection', () => {
  test('carries streams both ways, each with its own ends', async () => {
    const { client, server } = pair(stream => {
      queueMicrotask(async () => stream.end(`${stream.headers.name}: ${await text(stream)}`))
    })
    const streams = await Promise.all(['a', 'b'].map(name => client.createStream({ name })))
    streams.forEach((stream, i) => {
      stream.end(`text ${i}`)
    })
    expect(await Promise.all(streams.map(stream => text(stream)))).toEqual(['a: text 0', 'b: text 1'])
    client.close()
    await Promise.all([client.closed, server.closed])
  })

  test('a refused stream fails at its opener, and the connection goes on', async () => {
    const { client } = pair(stream => {
      if (stream.headers.name === 'bad') throw new Error('no')
    })
    await expect(client.createStream({ name: 'bad' })).rejects.toThrow('refused')
    await client.createStream({ name: 'good' })
    client.close()
  })

  test('a reader that is behind stops the connection, and its reading sets it going again', async () => {
    let slow: SpdyStream | undefined
    const { client } = pair(stream => {
      slow = stream
    })
    const stream = await client.createStream({})
    let taken = 0
    const chunk = Buffer.alloc(64 * 1024)
    const push = () => {
      if (taken < 100)
        stream.write(chunk, () => {
          taken++
          push()
        })
    }
    push()
    await new Promise(resolve => setTimeout(resolve, 50))
    // this wire takes what is written without end, a socket would not: what counts is what the stream holds
    expect(slow?.readableLength).toBeLessThanOrEqual(320 * 1024)
    let read = 0
    slow?.on('data', (data: Buffer) => {
      read += data.length
    })
    await expect.poll(() => read).toBe(100 * chunk.length)
    client.close()
  })

  test('pings are answered, and window and settings frames pass without effect', async () => {
    const { near, connection, sent } = raw()
    near.write(Buffer.from([0x80, 3, 0, 4, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 7, 0, 1, 0, 0]))
    near.write(Buffer.from([0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 255, 255]))
    near.write(pingFrame(1))
    await expect.poll(() => sent().toString('hex')).toBe(pingFrame(1).toString('hex'))
    connection.destroy()
  })

  test('data of unknown streams is dropped, and a frame may come byte by byte', async () => {
    const seen: string[] = []
    const { near, connection } = raw(stream => {
      stream.on('data', data => seen.push(String(data)))
    })
    const frames = Buffer.concat([
      dataFrameHeader(99, 3, false),
      Buffer.from('???'),
      synStreamFrame(1, new HeaderBlockWriter().encode({ a: 'b' })),
      dataFrameHeader(1, 2, true),
      Buffer.from('ok'),
    ])
    for (const byte of frames) near.write(Buffer.from([byte]))
    await expect.poll(() => seen.join('')).toBe('ok')
    connection.destroy()
  })

  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), false],
    ['another version', Buffer.from([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]), true],
    ['a control frame beyond its bound', Buffer.from([0x80, 3, 0, 1, 0, 255, 255, 255]), true],
    ['a header block that is none', synStreamFrame(1, Buffer.from('nonsense')), true],
  ])('%s ends the connection or is dropped, and harms nothing', async (_name, bytes, ends) => {
    const { near, far, connection } = raw()
    near.write(bytes)
    if (ends) await connection.closed
    else {
      await new Promise(resolve => setTimeout(resolve, 20))
      near.destroy()
      connection.destroy()
    }
    expect(far.destroyed).toBe(true)
  })

  test('more streams than the bound are refused', async () => {
    const opened: SpdyStream[] = []
    const { client } = pair(stream => {
      opened.push(stream)
    })
    const results = await Promise.allSettled(Array.from({ length: 1001 }, () => client.createStream({})))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(opened).toHaveLength(1000)
    client.close()
  })

  test('while nothing is read, a ping now and then finds out whether the peer is there', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { near, connection, sent } = raw()
    near.write(synStreamFrame(1, new HeaderBlockWriter().encode({})))
    near.write(Buffer.concat([dataFrameHeader(1, 300_000, false), Buffer.alloc(300_000)]))
    await new Promise(resolve => setTimeout(resolve, 50))
    const before = sent().length
    vi.advanceTimersByTime(10_000)
    await expect.poll(() => sent().subarray(before).toString('hex')).toBe(pingFrame(2).toString('hex'))
    connection.destroy()
    await connection.closed
    expect(vi.getTimerCount()).toBe(0)
  })
})
