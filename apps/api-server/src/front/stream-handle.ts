import type { ServerHttp2Stream } from 'node:http2'

/** What a write is to Node's native side: it keeps the object, and what stands in it, until the bytes are sent. */
export interface WriteRequest {
  buffer?: Uint8Array
  /** Called when the bytes are sent or given up; without it nobody is. */
  oncomplete?(this: WriteRequest, status: number): void
}

/** The native side of a stream. */
interface NativeStream {
  /** Queues bytes behind those that it has. 0: taken. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number | undefined
}

type RequestClass = new () => WriteRequest

export interface StreamHandle {
  readonly native: NativeStream
  readonly Request: RequestClass
}

/** Node hides how it writes. What is not found on so many streams is not there. */
const attempts = 3
const nothing = Buffer.alloc(0)

/**
 * Writes below Node's stream. What `stream.write` does in JavaScript for each write (its state, four closures, two ticks, a callback) is a fifth of what an
 * event to thousands of watchers costs, for none of it lies in the processor's cache. Node promises nothing of this: how it writes is learnt by looking at a
 * write of no bytes, and where that does not look as expected there is no handle, and the stream writes.
 */
export class StreamHandles {
  #Request: RequestClass | undefined
  #attempts = attempts

  /** Of a stream whose headers are sent and that nobody has written to. */
  of(stream: ServerHttp2Stream): StreamHandle | undefined {
    const native = nativeOf(stream)
    if (native === undefined) return undefined
    if (this.#Request === undefined && this.#attempts > 0) {
      this.#attempts--
      this.#Request = requestOf(stream, native)
    }
    return this.#Request === undefined ? undefined : { native, Request: this.#Request }
  }
}

function nativeOf(stream: ServerHttp2Stream): NativeStream | undefined {
  for (const symbol of Object.getOwnPropertySymbols(stream)) {
    if (symbol.description !== 'kHandle') continue
    const handle = (stream as unknown as Record<symbol, unknown>)[symbol]
    return isNative(handle) ? handle : undefined
  }
  return undefined
}

function isNative(value: unknown): value is NativeStream {
  return (
    typeof value === 'object' &&
    value !== null &&
    value.constructor.name === 'Http2Stream' &&
    typeof (value as Partial<NativeStream>).writeBuffer === 'function'
  )
}

/** The class of the requests that Node makes for its own writes. */
function requestOf(stream: ServerHttp2Stream, native: NativeStream): RequestClass | undefined {
  let seen: RequestClass | undefined
  const write = native.writeBuffer
  const looking: NativeStream['writeBuffer'] = (request, bytes) => {
    if (bytes === nothing && request.constructor.name === 'WriteWrap' && typeof request.oncomplete === 'function')
      seen = request.constructor as RequestClass
    return write.call(native, request, bytes)
  }
  if (!Reflect.defineProperty(native, 'writeBuffer', { configurable: true, value: looking })) return undefined
  stream.write(nothing)
  // the prototype's again
  Reflect.deleteProperty(native, 'writeBuffer')
  return seen
}
