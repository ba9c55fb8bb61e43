import { once } from 'node:events'
import { type ClientHttp2Session, connect, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { BodyWriter } from './exchange.ts'
import { Http2Exchange } from './http2.ts'
import { StreamHandles } from './stream-handle.ts'

class NoHandles extends StreamHandles {
  override of(): undefined {}
}

interface Pair extends AsyncDisposable {
  readonly client: ClientHttp2Session
  /** What the server sees of the client's next request. */
  begun(): Promise<{ exchange: Http2Exchange; stream: ServerHttp2Stream; writer: BodyWriter }>
}

async function pair(handles: StreamHandles): Promise<Pair> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.on('error', () => undefined)
  return {
    client,
    async begun() {
      const [stream, headers, , raw] = (await once(server, 'stream')) as [ServerHttp2Stream, object, number, string[]]
      const exchange = new Http2Exchange(stream, { ':method': 'GET', ...headers }, raw, handles)
      return { exchange, stream, writer: exchange.beginEvents(200, 'application/json') }
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

const chunk = (i: number, length: number) => Buffer.alloc(length, `${i}\n`)

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}

describe.each([
  ['below the stream', new StreamHandles()],
  ['by the stream', new NoHandles()],
])('the body of events, written %s', (way, handles) => {
  it('is written in the way that is tested here', async () => {
    await using both = await pair(handles)
    const begun = both.begun()
    both.client.request({ ':path': '/' }).resume()
    const { writer, stream } = await begun
    writer.write(Buffer.alloc(1_000_000))
    expect(stream.writableLength).toBe(way === 'by the stream' ? 1_000_000 : 0)
    expect(writer.buffered).toBe(1_000_000)
    await until(() => writer.buffered === 0)
  })

  it('arrives whole, in order, and ends', async () => {
    await using both = await pair(handles)
    const begun = both.begun()
    const request = both.client.request({ ':path': '/' })
    const { exchange, writer } = await begun
    const chunks = Array.from({ length: 300 }, (_, i) => chunk(i, (i * 37) % 5_000))
    for (const [i, one] of chunks.entries()) writer.write(i % 50 === 7 ? one.toString('latin1') : one)
    writer.end()
    expect(writer.closed).toBe(true)
    // nothing comes behind the end
    writer.write('lost')
    const received: Buffer[] = []
    for await (const data of request) received.push(data as Buffer)
    const all = Buffer.concat(chunks)
    expect(Buffer.concat(received).equals(all)).toBe(true)
    expect(exchange.bytesSent).toBe(all.length)
    expect(request.rstCode).toBe(0)
  })

  it('is counted until it is sent, and waits for a client that does not read', async () => {
    await using both = await pair(handles)
    const begun = both.begun()
    const request = both.client.request({ ':path': '/' })
    const { stream, writer } = await begun
    const listeners = stream.listenerCount('close')
    let written = 0
    while (writer.write(chunk(written, 10_000))) written++
    for (let i = 0; i < 100; i++) writer.write(chunk(i, 10_000))
    expect(writer.buffered).toBeGreaterThan(900_000)
    let drained = false
    const room = writer.drained().then(() => {
      drained = true
    })
    let received = 0
    // a window is full, and the rest waits
    await until(() => request.readableLength >= 60_000)
    expect(drained).toBe(false)
    expect(writer.buffered).toBeGreaterThan(500_000)
    const others = Array.from({ length: 9 }, () => writer.drained())
    request.on('data', (data: Buffer) => {
      received += data.length
    })
    await room
    await Promise.all(others)
    expect(writer.buffered).toBeLessThan(64 * 1024)
    // whoever waits again and again leaves nothing behind
    expect(stream.listenerCount('close')).toBeLessThanOrEqual(listeners + 1)
    await writer.drained()
    writer.end()
    await once(request, 'end')
    expect(received).toBe((written + 101) * 10_000)
  })

  it('says of a chunk when it is sent', async () => {
    await using both = await pair(handles)
    const begun = both.begun()
    both.client.request({ ':path': '/' }).resume()
    const { writer } = await begun
    const order: number[] = []
    await new Promise<void>(resolve => {
      for (let i = 0; i < 10; i++)
        writer.write(chunk(i, 20_000), () => {
          order.push(i)
          if (i === 9) resolve()
        })
    })
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(writer.buffered).toBe(0)
  })

  it('is dropped when the client breaks off, and nobody waits for it', async () => {
    await using both = await pair(handles)
    const begun = both.begun()
    const request = both.client.request({ ':path': '/' })
    const { exchange, writer } = await begun
    request.on('error', () => undefined)
    let closed = false
    exchange.onClose(() => {
      closed = true
    })
    for (let i = 0; i < 100; i++) writer.write(chunk(i, 10_000))
    const room = writer.drained()
    await until(() => request.readableLength > 0)
    request.close(8)
    await room
    await until(() => closed)
    expect(writer.closed).toBe(true)
    let sent = 0
    expect(writer.write('more', () => sent++)).toBe(true)
    expect(sent).toBe(1)
    writer.end()
  })

  it('is cut for one who does not read, behind its end too', async () => {
    await using both = await pair(handles)
    const begun = both.begun()
    const request = both.client.request({ ':path': '/' })
    const { exchange, writer } = await begun
    const failed = once(request, 'error').then(([error]) => error as Error)
    for (let i = 0; i < 100; i++) writer.write(chunk(i, 10_000))
    writer.end()
    await until(() => request.readableLength > 0)
    exchange.cut()
    request.resume()
    expect((await failed).message).toContain('NGHTTP2_INTERNAL_ERROR')
  })

  it('outlives its connection', async () => {
    await using both = await pair(handles)
    const begun = both.begun()
    const request = both.client.request({ ':path': '/' })
    request.on('error', () => undefined)
    const { stream, writer } = await begun
    for (let i = 0; i < 100; i++) writer.write(chunk(i, 10_000))
    const room = writer.drained()
    stream.session?.destroy()
    expect(writer.write('more')).toBe(true)
    await room
    expect(writer.closed).toBe(true)
  })
})
