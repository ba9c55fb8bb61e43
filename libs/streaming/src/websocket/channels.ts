import { Duplex, Readable, Writable } from 'node:stream'
import type { WebSocket } from 'ws'

export type ChannelCodec = 'binary' | 'base64'

/** Protocol v5's signal that a channel's sender is done: this byte, then the channel's. */
const closeSignal = 255

/** What a channel holds for its reader before the whole WebSocket stops reading. */
const readBuffer = 256 * 1024

/** While we do not read we see neither the client's pings nor its end: an unasked pong answers the one and finds the other. Milliseconds. */
const pausedPongPeriod = 10_000

/** How long data that arrived before an orderly close may wait for its reader. Milliseconds. */
const drainTime = 30_000

export interface ChannelsOptions {
  readonly socket: WebSocket
  readonly codec: ChannelCodec
  /** Protocol v5: the peer may half-close a channel. */
  readonly closeSignal: boolean
}

/**
 * Several byte streams over one WebSocket, each message led by its channel's number (`channel.k8s.io` and its kin).
 * A channel that nobody reads here drops what arrives for it, as upstream does.
 */
export class Channels {
  /** Resolves when the WebSocket is gone. */
  readonly closed: Promise<void>
  readonly #socket: WebSocket
  readonly #codec: ChannelCodec
  readonly #readers = new Map<number, ReadChannel | DuplexChannel>()
  readonly #writers = new Set<Writable>()
  readonly #blocked = new Set<number>()
  #pong: NodeJS.Timeout | undefined

  constructor(options: ChannelsOptions) {
    const { socket } = options
    this.#socket = socket
    this.#codec = options.codec
    socket.on('message', (data: Buffer) => {
      const first = data[0]
      if (first === undefined) return
      if (options.closeSignal && first === closeSignal) {
        const channel = data[1]
        // upstream ends the connection on a malformed signal
        if (data.length !== 2 || channel === undefined) socket.terminate()
        else this.#readers.get(channel)?.receiveEnd()
        return
      }
      const number = this.#codec === 'base64' ? first - 0x30 : first
      const channel = this.#readers.get(number)
      if (channel === undefined || channel.destroyed) return
      const payload = this.#codec === 'base64' ? decodeBase64(data) : data.subarray(1)
      if (payload === undefined || payload.length === 0) return
      if (!channel.push(payload)) this.#block(number)
    })
    socket.on('error', () => undefined)
    this.closed = new Promise(resolve => {
      if (socket.readyState === socket.CLOSED) resolve()
      else
        socket.once('close', (code: number) => {
          this.#onClose(code === 1000 || code === 1001 || code === 1005)
          resolve()
        })
    })
  }

  /** The channel's bytes from the peer. */
  reader(number: number): Readable {
    const channel = new ReadChannel(this, number)
    this.#readers.set(number, channel)
    return channel
  }

  /** The channel's bytes to the peer. Ending it tells the peer nothing: these protocols have no signal for that. */
  writer(number: number): Writable {
    const channel = new Writable({
      highWaterMark: 64 * 1024,
      write: (chunk: Buffer, _encoding, callback) => this.send(number, chunk, callback),
      writev: (chunks, callback) =>
        this.send(number, Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), callback),
    })
    channel.on('error', () => undefined)
    channel.once('close', () => this.#writers.delete(channel))
    this.#writers.add(channel)
    return channel
  }

  /** Both in one stream. */
  duplex(number: number): Duplex {
    const channel = new DuplexChannel(this, number)
    this.#readers.set(number, channel)
    return channel
  }

  /** One message; `callback` comes when the network has taken it. */
  send(number: number, chunk: Buffer, callback: (error?: Error | null) => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      callback(new Error('the WebSocket is closed'))
      return
    }
    if (this.#codec === 'base64') {
      this.#socket.send(String.fromCharCode(0x30 + number) + chunk.toString('base64'), { binary: false }, callback)
      return
    }
    const message = Buffer.allocUnsafe(chunk.length + 1)
    message[0] = number
    chunk.copy(message, 1)
    this.#socket.send(message, { binary: true }, callback)
  }

  /** Half-closes a channel of protocol v5. */
  sendClose(number: number): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(Buffer.from([closeSignal, number]))
  }

  readable(number: number): void {
    if (!this.#blocked.delete(number) || this.#blocked.size > 0) return
    clearInterval(this.#pong)
    this.#pong = undefined
    this.#socket.resume()
  }

  #block(number: number): void {
    this.#blocked.add(number)
    this.#socket.pause()
    this.#pong ??= setInterval(() => {
      if (this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount === 0) this.#socket.pong()
    }, pausedPongPeriod).unref()
  }

  #onClose(orderly: boolean): void {
    clearInterval(this.#pong)
    for (const channel of this.#readers.values()) channel.disconnected(orderly)
    for (const channel of this.#writers) channel.destroy(new Error('the WebSocket is closed'))
  }
}

class ReadChannel extends Readable {
  readonly #channels: Channels
  readonly #number: number
  #ended = false

  constructor(channels: Channels, number: number) {
    super({ highWaterMark: readBuffer })
    this.#channels = channels
    this.#number = number
    this.on('error', () => undefined)
  }

  override _read(): void {
    this.#channels.readable(this.#number)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#channels.readable(this.#number)
    callback(error)
  }

  receiveEnd(): void {
    if (this.#ended || this.destroyed) return
    this.#ended = true
    this.push(null)
  }

  disconnected(): void {
    if (!this.#ended) this.destroy(new Error('the client has gone away'))
  }
}

class DuplexChannel extends Duplex {
  readonly #channels: Channels
  readonly #number: number
  #ended = false

  constructor(channels: Channels, number: number) {
    super({ readableHighWaterMark: readBuffer, writableHighWaterMark: 64 * 1024 })
    this.#channels = channels
    this.#number = number
    this.on('error', () => undefined)
  }

  override _read(): void {
    this.#channels.readable(this.#number)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#channels.send(this.#number, chunk, callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#channels.send(this.#number, Buffer.concat(chunks.map(({ chunk }) => chunk)), callback)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#channels.readable(this.#number)
    callback(error)
  }

  receiveEnd(): void {
    if (this.#ended || this.destroyed) return
    this.#ended = true
    this.push(null)
  }

  /** An orderly close is the only end of file that these protocols have: what came before it still reaches the reader. */
  disconnected(orderly: boolean): void {
    const gone = new Error('the client has gone away')
    if (!orderly || this.readableEnded) {
      this.destroy(gone)
      return
    }
    this.receiveEnd()
    const timer = setTimeout(() => this.destroy(gone), drainTime)
    timer.unref()
    this.once('close', () => clearTimeout(timer))
    this.once('end', () => this.destroy(gone))
  }
}

/** Upstream drops a message that is not valid base64: Node skips what it does not know, so a wrong length tells. */
function decodeBase64(message: Buffer): Buffer | undefined {
  const text = message.toString('latin1', 1)
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined
}
