import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import type { Stretch } from '@kubets/storage'
import type { ChunkedBody } from './chunked-body.ts'
import { crcShift, joinCrc } from './crc32-join.ts'

/**
 * A list's items compressed once for all who ask, a stretch of the cache at a time. What is kept:
 *
 *     CRC of the text (4 bytes)   length of the text (4)   what that length does to a CRC before it (4)   deflate blocks
 *
 * The blocks end on a byte (a full flush) and refer to nothing before them, so segments stand one behind the other in any order.
 */
export type Segment = Buffer
const head = 12

export const textLength = (segment: Segment) => segment.readUInt32LE(4)

const deflate = promisify(deflateRaw)

/** Compresses in the thread pool, at the fastest level (upstream's too). */
export async function makeSegment(text: Uint8Array): Promise<Segment> {
  const chunkSize = Math.max(1024, Math.ceil(text.length / 4))
  const blocks = await deflate(text, { level: 1, finishFlush: constants.Z_FULL_FLUSH, chunkSize })
  const segment = Buffer.allocUnsafeSlow(head + blocks.length)
  segment.writeUInt32LE(crc32(text), 0)
  segment.writeUInt32LE(text.length, 4)
  segment.writeUInt32LE(crcShift(text.length), 8)
  segment.set(blocks, head)
  return segment
}

/** What is being made of stretches (segments, packed texts), for those who ask meanwhile. */
export class SegmentsUnderWay {
  readonly #byStretch = new WeakMap<object, Map<string, Promise<Segment>>>()

  /** What is kept, or what `make` makes. */
  get(
    stretch: Stretch,
    name: string,
    make: (stretch: Stretch) => Promise<Segment>,
    how?: 'lasting' | 'passing',
  ): Segment | Promise<Segment> {
    const kept = stretch.form(name)
    if (kept !== undefined) return kept as Segment
    const full = `${name} ${stretch.entries[0]?.key} ${stretch.entries.length}`
    const names = this.#byStretch.get(stretch.identity) ?? new Map<string, Promise<Segment>>()
    this.#byStretch.set(stretch.identity, names)
    const running = names.get(full)
    if (running !== undefined) return running
    const made = make(stretch)
      .then(segment => stretch.keep(name, segment, how) as Segment)
      .finally(() => names.delete(full))
    names.set(full, made)
    return made
  }
}

const gzipHead = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff])
const lastBlock = Buffer.from([1, 0, 0, 0xff, 0xff])
const longestBlock = 0xffff

/** Writes segments and short texts between them as one gzip body. */
export class JoinedGzip {
  readonly #body: ChunkedBody
  #crc = 0
  #length = 0

  constructor(body: ChunkedBody) {
    this.#body = body
    body.bytes(gzipHead, 0)
  }

  /** A text that is not worth compressing: it stands in the body as it is. */
  plain(text: Uint8Array): void {
    for (let at = 0; at < text.length; at += longestBlock) {
      const to = Math.min(at + longestBlock, text.length)
      const length = to - at
      this.#body.bytes(Buffer.from([0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff]), 0)
      this.#body.bytes(text, at, to)
    }
    this.#crc = crc32(text, this.#crc)
    this.#length += text.length
  }

  segment(segment: Segment): void {
    this.#body.bytes(segment, head)
    this.#crc = joinCrc(this.#crc, segment.readUInt32LE(0), segment.readUInt32LE(8))
    this.#length += textLength(segment)
  }

  async end(): Promise<void> {
    const tail = Buffer.alloc(8)
    tail.writeUInt32LE(this.#crc, 0)
    tail.writeUInt32LE(this.#length % 2 ** 32, 4)
    this.#body.bytes(lastBlock, 0)
    this.#body.bytes(tail, 0)
    await this.#body.end()
  }
}
