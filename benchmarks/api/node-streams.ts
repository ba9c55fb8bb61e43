import type { TLSSocket } from 'node:tls'

// What Node hides of its TLS sockets. What its streams do in JavaScript for each write and each read (their state, closures, timers, ticks) costs a client with many
// connections 5 to 9 % of all that it does. Node promises nothing of this, and a mistake here ends the process: only the version that it was tried with is used so.

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

/** Undefined where Node is another version, or looks otherwise: then its streams read and write. */
export const nodeStreams: NodeStreams | undefined = process.versions.node.startsWith('24.')
  ? nodeStreamsOf24()
  : undefined

/** Undefined where it is not there, as in a socket that is closed. */
export function nativeOf(socket: TLSSocket): NativeSocket | undefined {
  const { _handle: handle } = socket as { _handle?: NativeSocket | null }
  return handle?.constructor.name === 'TLSWrap' ? handle : undefined
}

/** What Node's streams take of its native side. */
interface StreamWrap {
  readonly WriteWrap: new () => WriteRequest
  readonly streamBaseState: Int32Array
  readonly kReadBytesOrError: number
}

function nodeStreamsOf24(): NodeStreams | undefined {
  const { binding } = process as unknown as { binding(name: string): Partial<StreamWrap> }
  const { WriteWrap, streamBaseState, kReadBytesOrError } = binding('stream_wrap')
  if (typeof WriteWrap?.prototype.getAsyncId !== 'function') return undefined
  if (streamBaseState === undefined || kReadBytesOrError === undefined) return undefined
  return { WriteRequest: WriteWrap, readBytes: () => streamBaseState[kReadBytesOrError] as number }
}
