import type { TLSSocket } from 'node:tls'

// What Node hides of its TLS sockets. What its streams do in JavaScript for each write and each read (their state, closures, timers, ticks) costs a client more than
// TLS does.

/** What a write is to Node's native side. */
export interface WriteRequest {
  /** Called when the bytes are sent or given up, if it is there by then. */
  oncomplete?: (status: number) => void
  /** Of a write under way; -1 when it is over. */
  getAsyncId(): number
}

/** The native side of a TLS socket. */
export interface NativeSocket {
  /** 0: the bytes are encrypted, or copied, and the request is over later. A second write meanwhile ends the process. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  /** Called when bytes stand in the socket's buffer, or with none when no more come. */
  onread: (this: NativeSocket, bytes: unknown) => void
}

export interface NodeStreams {
  readonly WriteRequest: new () => WriteRequest
  /** How many bytes `onread` is told of; negative: an error, or the end. */
  readBytes(): number
}

/** The versions whose internals are known to be these. */
const known = process.versions.node.startsWith('24.')

/** Undefined where Node is another version: then its streams read and write. */
export const nodeStreams: NodeStreams | undefined = known ? nodeStreamsOf24() : undefined

/** Undefined where it is not there, as in a socket that is closed. */
export function nativeOf(socket: TLSSocket): NativeSocket | undefined {
  const { _handle: handle } = socket as { _handle?: NativeSocket | null }
  return handle?.constructor.name === 'TLSWrap' ? handle : undefined
}

interface StreamWrap {
  readonly WriteWrap: new () => WriteRequest
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
}

function nodeStreamsOf24(): NodeStreams {
  const { binding } = process as unknown as { binding(name: string): unknown }
  const { WriteWrap, streamBaseState, kReadBytesOrError } = binding('stream_wrap') as StreamWrap
  return { WriteRequest: WriteWrap, readBytes: () => streamBaseState[kReadBytesOrError] as number }
}
