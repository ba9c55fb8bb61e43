import type { ServerHttp2Stream } from 'node:http2'

/** What a write is to Node's native side: it keeps the object, and what stands in it, until the bytes are sent. */
export interface WriteRequest {
  buffer?: Uint8Array
  /** Called when the bytes are sent or given up; without it nobody is. */
  oncomplete?(this: WriteRequest, status: number): void
}

/** The native side of a stream: queues bytes behind those that it has; 0: taken. */
export interface StreamHandle {
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number | undefined
}

type RequestClass = new () => WriteRequest

/** Node hides how it writes. What is not found on so many streams is not there. */
const attempts = 3
const nothing = Buffer.alloc(0)

/**
 * Writes below Node's stream. What `stream.write` does in JavaScript for each write (its state, four closures, two ticks, a callback) is a fifth of what an
 * event to thousands of watchers costs, for none of it lies in the processor's cache. Node promises nothing of this: how it writes is learnt by looking at a
 * write of no bytes, and where that does not look as expected there is no handle, and the stream writes.
 */
export class StreamHandles {
  #request: RequestClass | undefined
  #attempts = attempts

  get request(): RequestClass | undefined {
    return this.#request
  }

  /** Of a stream whose headers are sent and that nobody has written to. */
  of(stream: ServerHttp2Stream): StreamHandle | undefined {
    const handle = handleIn(stream)
    if (handle === undefined) return undefined
    if (this.#request === undefined && this.#attempts > 0) {
      this.#attempts--
      this.#request = requestOf(stream, handle)
    }
    return this.#request === undefined ? undefined : handle
  }
}

function handleIn(stream: ServerHttp2Stream): StreamHandle | undefined {
  for (const symbol of Object.getOwnPropertySymbols(stream)) {
    if (symbol.description !== 'kHandle') continue
    const handle = (stream as unknown as Record<symbol, unknown>)[symbol]
    return isHandle(handle) ? handle : undefined
  }
  return undefined
}

function isHandle(value: unknown): value is StreamHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    value.constructor.name === 'Http2Stream' &&
    typeof (value as Partial<StreamHandle>).writeBuffer === 'function'
  )
}

/** The class of the requests that Node makes for its own writes. */
function requestOf(stream: ServerHttp2Stream, handle: StreamHandle): RequestClass | undefined {
  let seen: RequestClass | undefined
  const write = handle.writeBuffer
  const looking: StreamHandle['writeBuffer'] = (request, bytes) => {
    if (bytes === nothing && request.constructor.name === 'WriteWrap' && typeof request.oncomplete === 'function')
      seen = request.constructor as RequestClass
    return write.call(handle, request, bytes)
  }
  if (!Reflect.defineProperty(handle, 'writeBuffer', { configurable: true, value: looking })) return undefined
  stream.write(nothing)
  // the prototype's again
  Reflect.deleteProperty(handle, 'writeBuffer')
  return seen
}
