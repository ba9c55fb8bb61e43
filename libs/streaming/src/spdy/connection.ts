import type { Duplex } from 'node:stream'
import {
  dataFrameHeader,
  type FrameHeader,
  flagFin,
  frameHeaderSize,
  frameType,
  goAwayFrame,
  pingFrame,
  readFrameHeader,
  resetStatus,
  rstStreamFrame,
  synReplyFrame,
  synStreamFrame,
} from './frames.ts'
import { HeaderBlockReader, HeaderBlockWriter, type SpdyHeaders } from './header-block.ts'
import { SpdyStream, type StreamCarrier } from './stream.ts'

/** A control frame larger than this ends the connection: ours carry three short headers. */
const maxControlFrame = 64 * 1024
/** Streams open at a time; further ones are refused (RST_STREAM, REFUSED_STREAM). */
const maxStreams = 1000
/** Data frames are cut to this size, so that streams take turns. */
const maxDataFrame = 64 * 1024
/** Answers (pings, replies, resets) that wait for the peer to read; beyond it we stop reading from the peer. */
const maxPendingControl = 64 * 1024
/** While we do not read we cannot see the peer leave: a ping now and then makes the kernel tell. Milliseconds. */
const pausedPingPeriod = 10_000

export interface SpdyConnectionOptions {
  /** The bytes: a socket, or a tunnel inside something else. The connection owns it from here on. */
  readonly transport: Duplex
  readonly side: 'server' | 'client'
  /** A stream of the peer's, which must not be written to before this returns. When it throws, the stream is reset; otherwise the reply is sent. */
  readonly onStream?: (stream: SpdyStream) => void
}

/**
 * SPDY/3.1 as moby/spdystream speaks it: that implementation (kubectl's, the kubelet's, containerd's) sends no WINDOW_UPDATE and heeds none, so
 * a peer that counts windows stalls after 64 KB. Back-pressure is the transport's own: a stream whose reader is behind stops the reading of the
 * whole connection, and a write is done when the transport has taken it.
 */
export class SpdyConnection implements StreamCarrier {
  /** Resolves when the transport is gone. */
  readonly closed: Promise<void>
  readonly #transport: Duplex
  readonly #onStream: ((stream: SpdyStream) => void) | undefined
  readonly #streams = new Map<number, SpdyStream>()
  readonly #awaitingReply = new Map<number, { resolve: (stream: SpdyStream) => void; reject: (error: Error) => void }>()
  readonly #reader = new HeaderBlockReader()
  readonly #writer = new HeaderBlockWriter()
  readonly #blocked = new Set<SpdyStream>()
  readonly #parity: 0 | 1
  #nextId: number
  #lastPeerId = 0
  #nextPing: number
  #input: Buffer = Buffer.alloc(0)
  #data: { stream: SpdyStream | undefined; left: number; fin: boolean } | undefined
  #inflating = false
  #pendingControl = 0
  #pausedPing: NodeJS.Timeout | undefined
  #ended = false

  constructor(options: SpdyConnectionOptions) {
    const { transport } = options
    this.#transport = transport
    this.#onStream = options.onStream
    this.#nextId = options.side === 'client' ? 1 : 2
    this.#nextPing = this.#nextId
    this.#parity = options.side === 'client' ? 0 : 1
    transport.on('data', (chunk: Buffer) => {
      this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk])
      this.#consume()
    })
    // a peer that has closed its sending side has nothing left to say, and none of these protocols goes on without it
    transport.on('end', () => transport.destroy())
    transport.on('error', () => undefined)
    this.closed = new Promise(resolve => {
      if (transport.destroyed) {
        this.#onClose()
        resolve()
        return
      }
      transport.once('close', () => {
        this.#onClose()
        resolve()
      })
    })
  }

  /** Opens a stream and waits until the peer has accepted it. */
  createStream(headers: SpdyHeaders): Promise<SpdyStream> {
    if (this.#ended) return Promise.reject(new Error('the SPDY connection is closed'))
    const id = this.#nextId
    this.#nextId += 2
    const stream = new SpdyStream(this, id, headers)
    this.#streams.set(id, stream)
    return new Promise((resolve, reject) => {
      this.#awaitingReply.set(id, { resolve, reject })
      this.#control(synStreamFrame(id, this.#writer.encode(headers)))
    })
  }

  /** Resets what is open, says GOAWAY and closes the transport once it has taken everything. */
  close(): void {
    if (this.#ended) return
    for (const stream of [...this.#streams.values()]) stream.destroy()
    this.#control(goAwayFrame(this.#lastPeerId))
    this.#ended = true
    this.#transport.end(() => this.#transport.destroy())
  }

  destroy(): void {
    this.#transport.destroy()
  }

  writeData(streamId: number, chunks: readonly Buffer[], fin: boolean, callback: (error?: Error | null) => void): void {
    const transport = this.#transport
    if (this.#ended || transport.destroyed) {
      callback(new Error('the SPDY connection is closed'))
      return
    }
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    transport.cork()
    if (total <= maxDataFrame) {
      transport.write(dataFrameHeader(streamId, total, fin), total === 0 ? callback : undefined)
      chunks.forEach((chunk, i) => {
        transport.write(chunk, i === chunks.length - 1 && total > 0 ? callback : undefined)
      })
    } else {
      chunks.forEach((chunk, i) => {
        for (let at = 0; at < chunk.length; at += maxDataFrame) {
          const piece = chunk.subarray(at, at + maxDataFrame)
          const last = i === chunks.length - 1 && at + maxDataFrame >= chunk.length
          transport.write(dataFrameHeader(streamId, piece.length, fin && last))
          transport.write(piece, last ? callback : undefined)
        }
      })
    }
    transport.uncork()
  }

  readable(stream: SpdyStream): void {
    if (this.#blocked.delete(stream) && this.#blocked.size === 0) this.#consume()
  }

  forget(stream: SpdyStream, reset: boolean): void {
    this.#streams.delete(stream.id)
    if (reset && !this.#ended && !this.#transport.destroyed)
      this.#control(rstStreamFrame(stream.id, resetStatus.cancel))
    this.readable(stream)
  }

  #control(frame: Buffer): void {
    this.#pendingControl += frame.length
    this.#transport.write(frame, () => {
      const was = this.#pendingControl
      this.#pendingControl -= frame.length
      if (was > maxPendingControl && this.#pendingControl <= maxPendingControl) this.#consume()
    })
  }

  get #stopped(): boolean {
    return this.#inflating || this.#blocked.size > 0 || this.#pendingControl > maxPendingControl
  }

  /** Works off what has arrived until a reader is behind, then stops the transport. */
  #consume(): void {
    while (!this.#stopped && !this.#transport.destroyed) {
      if (this.#data) {
        if (!this.#takeData(this.#data)) break
      } else {
        if (this.#input.length < frameHeaderSize) break
        const header = readFrameHeader(this.#input)
        if (!header.control) {
          this.#input = this.#input.subarray(frameHeaderSize)
          this.#data = {
            stream: this.#streams.get(header.streamId),
            left: header.length,
            fin: (header.flags & flagFin) !== 0,
          }
        } else if (header.length > maxControlFrame || header.version !== 3) {
          this.destroy()
        } else {
          const end = frameHeaderSize + header.length
          if (this.#input.length < end) break
          const payload = this.#input.subarray(frameHeaderSize, end)
          this.#input = this.#input.subarray(end)
          this.#takeControl(header, payload)
        }
      }
    }
    if (this.#stopped) this.#pause()
    else this.#resume()
  }

  #takeData(data: { stream: SpdyStream | undefined; left: number; fin: boolean }): boolean {
    if (data.left > 0) {
      if (this.#input.length === 0) return false
      const chunk = this.#input.subarray(0, data.left)
      this.#input = this.#input.subarray(chunk.length)
      data.left -= chunk.length
      if (data.stream && !data.stream.destroyed && !data.stream.receive(chunk)) this.#blocked.add(data.stream)
    }
    if (data.left === 0) {
      this.#data = undefined
      if (data.fin) data.stream?.receiveEnd()
    }
    return true
  }

  #takeControl(header: FrameHeader & { control: true }, payload: Buffer): void {
    const word = (at: number) => (payload.length >= at + 4 ? payload.readUInt32BE(at) & 0x7fffffff : 0)
    const id = word(0)
    switch (header.type) {
      case frameType.synStream:
        this.#withHeaders(payload.subarray(10), headers => this.#synStream(id, headers, header.flags))
        break
      case frameType.synReply:
        this.#withHeaders(payload.subarray(4), () => this.#synReply(id, header.flags))
        break
      case frameType.headers:
        // read all the same: blocks of one connection are one compressed text
        this.#withHeaders(payload.subarray(4), () => {
          if (header.flags & flagFin) this.#streams.get(id)?.receiveEnd()
        })
        break
      case frameType.rstStream:
        this.#reset(id)
        break
      case frameType.ping:
        if ((id & 1) === this.#parity) this.#control(pingFrame(payload.readUInt32BE(0)))
        break
      // SETTINGS and WINDOW_UPDATE speak of windows that nobody here keeps; after GOAWAY the peer closes by itself
    }
  }

  #withHeaders(block: Buffer, then: (headers: SpdyHeaders) => void): void {
    this.#inflating = true
    this.#reader.decode(block).then(
      headers => {
        this.#inflating = false
        if (this.#transport.destroyed) return
        then(headers)
        this.#consume()
      },
      () => this.destroy(),
    )
  }

  #synStream(id: number, headers: SpdyHeaders, flags: number): void {
    if ((id & 1) !== this.#parity || id <= this.#lastPeerId || this.#onStream === undefined) {
      this.#control(rstStreamFrame(id, resetStatus.protocolError))
      return
    }
    this.#lastPeerId = id
    if (this.#ended || this.#streams.size >= maxStreams) {
      this.#control(rstStreamFrame(id, resetStatus.refusedStream))
      return
    }
    const stream = new SpdyStream(this, id, headers)
    this.#streams.set(id, stream)
    try {
      this.#onStream(stream)
    } catch {
      stream.destroy()
      return
    }
    this.#control(synReplyFrame(id, this.#writer.encode({})))
    if (flags & flagFin) stream.receiveEnd()
  }

  #synReply(id: number, flags: number): void {
    const waiting = this.#awaitingReply.get(id)
    const stream = this.#streams.get(id)
    this.#awaitingReply.delete(id)
    if (stream === undefined) return
    waiting?.resolve(stream)
    if (flags & flagFin) stream.receiveEnd()
  }

  #reset(id: number): void {
    const stream = this.#streams.get(id)
    this.#streams.delete(id)
    this.#awaitingReply.get(id)?.reject(new Error('the peer has refused the stream'))
    this.#awaitingReply.delete(id)
    if (stream === undefined) return
    stream.receiveReset()
    this.readable(stream)
  }

  #pause(): void {
    this.#transport.pause()
    this.#pausedPing ??= setInterval(() => {
      if (this.#pendingControl === 0) this.#control(pingFrame(this.#nextPing))
      this.#nextPing = (this.#nextPing + 2) & 0x7fffffff
    }, pausedPingPeriod).unref()
  }

  #resume(): void {
    clearInterval(this.#pausedPing)
    this.#pausedPing = undefined
    if (this.#transport.isPaused()) this.#transport.resume()
  }

  #onClose(): void {
    this.#ended = true
    clearInterval(this.#pausedPing)
    this.#reader.close()
    const gone = new Error('the connection is closed')
    for (const { reject } of this.#awaitingReply.values()) reject(gone)
    this.#awaitingReply.clear()
    const streams = [...this.#streams.values()]
    this.#streams.clear()
    this.#blocked.clear()
    for (const stream of streams) stream.disconnected(gone)
  }
}
