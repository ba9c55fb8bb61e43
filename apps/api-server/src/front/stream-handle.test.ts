import { once } from 'node:events'
import { connect, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { StreamHandles, type Told, type WriteRequest } from './stream-handle.ts'

const kHandle = Symbol('kHandle')
class WriteWrap implements WriteRequest {
  declare buffer?: Uint8Array
  declare told?: Told
  declare writeStatus?: number | null
  oncomplete(): void {}
}
class OtherRequest extends WriteWrap {}

interface Fake {
  /** The class of requests. */
  readonly Request?: new () => WriteRequest
  readonly symbol?: symbol
  readonly method?: string
  /** Node 26: the native side makes the requests, or says how the write ended. */
  readonly answers?: () => WriteRequest | number | undefined
}

/** A stream that writes by its handle as Node's does. */
function fakeStream({ Request = WriteWrap, symbol = kHandle, method = 'writeBuffer', answers }: Fake = {}) {
  class Http2Stream {
    written: Uint8Array[] = []
    requests: unknown[] = [];
    [key: string]: unknown
  }
  Object.defineProperty(Http2Stream.prototype, method, {
    configurable: true,
    value(this: Http2Stream, brought: WriteRequest | null, bytes: Uint8Array) {
      const answer = answers === undefined ? 0 : answers()
      this.written.push(bytes)
      this.requests.push(brought ?? answer)
      return answer
    },
  })
  const handle = new Http2Stream()
  const stream = {
    [symbol]: handle,
    writes: 0,
    write(bytes: Uint8Array) {
      stream.writes++
      const brought = answers === undefined ? new Request() : null
      ;(handle[method] as (request: WriteRequest | null, bytes: Uint8Array) => unknown)(brought, bytes)
    },
  }
  return { stream: stream as unknown as ServerHttp2Stream & { writes: number }, handle }
}

/** As the native side of Node 26 makes them. */
const made = (status: number | null = null) => Object.assign(new WriteWrap(), { oncomplete: null, writeStatus: status })

const bytes = Buffer.from('bytes')

describe('the handle of a stream', () => {
  it('is found in this version of Node, and tells', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const asked = once(server, 'stream')
    client.request({ ':path': '/' }).resume()
    const [stream] = (await asked) as [ServerHttp2Stream]
    stream.respond({ ':status': 200 })
    const handle = new StreamHandles().of(stream)
    await new Promise<void>(resolve => expect(handle?.write(bytes, { told: resolve })).toBe(true))
    // what was put in front of it is gone
    for (const symbol of Object.getOwnPropertySymbols(stream).filter(({ description }) => description === 'kHandle'))
      expect(Object.hasOwn((stream as unknown as Record<symbol, object>)[symbol] as object, 'writeBuffer')).toBe(false)
    client.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  })

  it('is learnt by one write of no bytes', () => {
    const handles = new StreamHandles()
    const [first, second] = [fakeStream(), fakeStream()]
    expect(handles.of(first.stream)).toBeDefined()
    expect(handles.of(second.stream)).toBeDefined()
    expect([first.stream.writes, second.stream.writes]).toEqual([1, 0])
    expect(first.handle.written).toEqual([Buffer.alloc(0)])
  })

  it('brings requests where Node does', () => {
    const { stream, handle } = fakeStream()
    const told = vi.fn()
    const written = new StreamHandles().of(stream)
    expect([written?.write(bytes), written?.write(bytes, { told })]).toEqual([true, true])
    const [, untold, telling] = handle.requests as WriteWrap[]
    expect([untold, telling].map(request => [request?.constructor, request?.buffer])).toEqual([
      [WriteWrap, bytes],
      [WriteWrap, bytes],
    ])
    expect(untold?.oncomplete).toBe(WriteWrap.prototype.oncomplete)
    expect(told).not.toHaveBeenCalled()
    telling?.oncomplete()
    expect(told).toHaveBeenCalledTimes(1)
  })

  it.each<[string, WriteRequest | number, boolean, number, number]>([
    ['is under way', made(), true, 0, 1],
    ['was complete before one could ask', made(0), true, 1, 1],
    ['was complete without a request', 0, true, 1, 1],
    ['failed', -32, false, 0, 0],
  ])('asks for requests where Node makes them: a write that %s', (_, answer, taken, before, after) => {
    const answers = [made(), answer]
    const { stream } = fakeStream({ answers: () => answers.shift() })
    const told = vi.fn()
    expect(new StreamHandles().of(stream)?.write(bytes, { told })).toBe(taken)
    expect(told).toHaveBeenCalledTimes(before)
    if (typeof answer === 'object') {
      expect(answer.buffer).toBe(bytes)
      answer.oncomplete?.(0)
    }
    expect(told).toHaveBeenCalledTimes(after)
  })

  it.each<[string, Fake]>([
    ['another symbol', { symbol: Symbol('kOther') }],
    ['another method', { method: 'writev' }],
    ['another request', { Request: OtherRequest }],
    ['another answer', { answers: () => undefined }],
    ['another request in its answer', { answers: () => Object.assign(new OtherRequest(), { writeStatus: null }) }],
    ['a request that does not say how it ended', { answers: () => new WriteWrap() }],
  ])('is left alone where Node has %s', (_, fake) => {
    expect(new StreamHandles().of(fakeStream(fake).stream)).toBeUndefined()
  })

  it('is not looked for again and again', () => {
    const handles = new StreamHandles()
    const { stream } = fakeStream({ Request: OtherRequest })
    for (let i = 0; i < 20; i++) expect(handles.of(stream)).toBeUndefined()
    expect(stream.writes).toBe(3)
  })
})
