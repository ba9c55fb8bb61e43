import { once } from 'node:events'
import { connect, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { StreamHandles, type WriteRequest } from './stream-handle.ts'

const kHandle = Symbol('kHandle')
class WriteWrap implements WriteRequest {
  declare buffer: Uint8Array
  oncomplete(): void {}
}
class OtherRequest extends WriteWrap {}

/** A stream that writes by its handle as Node's does, with a request of this class. */
function fakeStream(
  Request: new () => WriteRequest,
  { symbol = kHandle, method = 'writeBuffer' }: { symbol?: symbol; method?: string } = {},
) {
  class Http2Stream {
    written: Uint8Array[] = [];
    [key: string]: unknown
  }
  Object.defineProperty(Http2Stream.prototype, method, {
    configurable: true,
    value(this: Http2Stream, _: WriteRequest, bytes: Uint8Array) {
      this.written.push(bytes)
      return 0
    },
  })
  const handle = new Http2Stream()
  const stream = {
    [symbol]: handle,
    writes: 0,
    write(bytes: Uint8Array) {
      stream.writes++
      ;(handle[method] as (request: WriteRequest, bytes: Uint8Array) => number)(new Request(), bytes)
    },
  }
  return { stream: stream as unknown as ServerHttp2Stream & { writes: number }, handle }
}

describe('the handle of a stream', () => {
  it('is found in this version of Node', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const asked = once(server, 'stream')
    client.request({ ':path': '/' }).resume()
    const [stream] = (await asked) as [ServerHttp2Stream]
    stream.respond({ ':status': 200 })
    const handles = new StreamHandles()
    const handle = handles.of(stream)
    expect(handle?.Request.name).toBe('WriteWrap')
    // what was put in front of it is gone
    expect(Object.hasOwn(handle?.native as object, 'writeBuffer')).toBe(false)
    client.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  })

  it('is learnt by one write of no bytes', () => {
    const handles = new StreamHandles()
    const [first, second] = [fakeStream(WriteWrap), fakeStream(WriteWrap)]
    expect(handles.of(first.stream)).toEqual({ native: first.handle, Request: WriteWrap })
    expect(handles.of(second.stream)?.native).toBe(second.handle)
    expect([first.stream.writes, second.stream.writes]).toEqual([1, 0])
    expect(first.handle.written).toEqual([Buffer.alloc(0)])
  })

  it.each([
    ['another symbol', WriteWrap, { symbol: Symbol('kOther') }],
    ['another method', WriteWrap, { method: 'writev' }],
    ['another request', OtherRequest, {}],
  ])('is left alone where Node has %s', (_, Request, options) => {
    const { stream } = fakeStream(Request, options)
    expect(new StreamHandles().of(stream)).toBeUndefined()
  })

  it('is not looked for again and again', () => {
    const handles = new StreamHandles()
    const { stream } = fakeStream(OtherRequest)
    for (let i = 0; i < 20; i++) expect(handles.of(stream)).toBeUndefined()
    expect(stream.writes).toBe(3)
  })
})
