import type { ServerHttp2Stream } from 'node:http2'

/** Hears that bytes are sent, or given up. */
export interface Told {
  told(): void
}

/** How this version of Node writes: the same for all streams. */
export interface Way {
  /** Queues bytes behind those that the stream has. False where it is known that nobody reads them: then, as when it is closed, nothing may be told. */
  write(native: NativeStream, bytes: Uint8Array, told?: Told): boolean
}

/** A stream as its native side writes it. */
export class StreamHandle {
  readonly native: NativeStream
  readonly way: Way

  constructor(native: NativeStream, way: Way) {
    this.native = native
    this.way = way
  }

  write(bytes: Uint8Array, told?: Told): boolean {
    return this.way.write(this.native, bytes, told)
  }
}

/** What a write is to Node's native side: it keeps the object, and what stands in it, until the bytes are sent. */
export interface WriteRequest {
  buffer?: Uint8Array | null
  told?: Told
  /** Called when the bytes are sent or given up; without it nobody is. */
  oncomplete?: ((this: WriteRequest, status: number) => void) | null
  /** Where the native side makes the request: it was complete before anybody could ask to hear of it. */
  writeStatus?: number | null
}

/** The native side of a stream. */
export interface NativeStream {
  /** Takes a request, and says by 0 that it has it; or makes one and gives it back, or says by a number how it ended. */
  writeBuffer(request: WriteRequest | null, bytes: Uint8Array): WriteRequest | number | undefined
}

/** Node hides how it writes. What is not found on so many streams is not there. */
const attempts = 3
const nothing = Buffer.alloc(0)

/**
 * Writes below Node's stream. What `stream.write` does in JavaScript for each write (its state, four closures, two ticks, a callback) is a fifth of what an
 * event to thousands of watchers costs, for none of it lies in the processor's cache. Node promises nothing of this, and changed it from version 24 to 26: how
 * it writes is learnt by looking at a write of no bytes, and where that does not look as expected there is no handle, and the stream writes.
 */
export class StreamHandles {
  #way: Way | undefined
  #attempts = attempts

  /** Of a stream whose headers are sent and that nobody has written to. */
  of(stream: ServerHttp2Stream): StreamHandle | undefined {
    const native = nativeOf(stream)
    if (native === undefined) return undefined
    if (this.#way === undefined && this.#attempts > 0) {
      this.#attempts--
      this.#way = wayOf(stream, native)
    }
    return this.#way === undefined ? undefined : new StreamHandle(native, this.#way)
  }
}

/** Node 24: each write brings its request. */
class BroughtRequests implements Way {
  readonly #Request: new () => WriteRequest

  constructor(Request: new () => WriteRequest) {
    this.#Request = Request
  }

  write(native: NativeStream, bytes: Uint8Array, told?: Told): boolean {
    const request = new this.#Request()
    request.buffer = bytes
    if (told !== undefined) {
      request.told = told
      request.oncomplete = tell
    }
    return native.writeBuffer(request, bytes) === 0
  }
}

/** Node 26: the native side makes the requests of those writes that are not complete at once. */
class ReturnedRequests implements Way {
  write(native: NativeStream, bytes: Uint8Array, told?: Told): boolean {
    const request = native.writeBuffer(null, bytes)
    if (typeof request !== 'object') {
      if (request === 0) told?.told()
      return request === 0
    }
    request.buffer = bytes
    if (told === undefined) return true
    if (typeof request.writeStatus === 'number') {
      told.told()
      return true
    }
    request.told = told
    request.oncomplete = tell
    return true
  }
}

function tell(this: WriteRequest): void {
  this.told?.told()
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

/** How Node writes, seen at a write of its own. */
function wayOf(stream: ServerHttp2Stream, native: NativeStream): Way | undefined {
  let seen: Way | undefined
  const write = native.writeBuffer
  const looking: NativeStream['writeBuffer'] = (brought, bytes) => {
    const answer = write.call(native, brought, bytes)
    if (bytes === nothing) seen = wayBy(brought, answer)
    return answer
  }
  if (!Reflect.defineProperty(native, 'writeBuffer', { configurable: true, value: looking })) return undefined
  stream.write(nothing)
  // the prototype's again
  Reflect.deleteProperty(native, 'writeBuffer')
  return seen
}

function wayBy(brought: unknown, answer: unknown): Way | undefined {
  if (isRequest(brought) && typeof answer === 'number' && typeof brought.oncomplete === 'function') {
    return new BroughtRequests(brought.constructor as new () => WriteRequest)
  }
  if (brought === null && isRequest(answer) && answer.writeStatus !== undefined) return new ReturnedRequests()
  return undefined
}

function isRequest(value: unknown): value is WriteRequest {
  return typeof value === 'object' && value !== null && value.constructor.name === 'WriteWrap'
}
