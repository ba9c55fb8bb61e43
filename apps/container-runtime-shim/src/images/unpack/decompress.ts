import { pipeline, Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { ByteSource } from './byte-source.ts'

/** Plain bytes of a stream that is gzip, zstd or plain, told by its first bytes: media types are often wrong. */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const next = await chunks.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield head
    for (;;) {
      const next = await chunks.next()
      if (next.done) return
      yield next.value as Buffer
    }
  }
  switch (compressionOf(head)) {
    case 'gzip':
      yield* through(whole(), createGunzip())
      return
    case 'zstd':
      yield* zstdFrames(new ByteSource(whole()))
      return
    case 'none':
      yield* whole()
  }
}

/** Which compression the first bytes of a file tell. */
export function compressionOf(head: Uint8Array): 'gzip' | 'zstd' | 'none' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd'
  if (isSkippable(head)) return 'zstd'
  return 'none'
}

/**
 * Node's zstd stream stops without an error after the first frame, but layers made in parallel or in the
 * `zstd:chunked` form have many. So frames are cut here by their block headers (RFC 8878, section 3.1.1), one decoder each.
 */
async function* zstdFrames(bytes: ByteSource): AsyncGenerator<Buffer> {
  for (;;) {
    const magic = await bytes.take(4)
    if (magic === undefined) return
    if (isSkippable(magic)) {
      await bytes.skip((await bytes.need(4)).readUInt32LE(0))
      continue
    }
    if (magic.readUInt32LE(0) !== 0xfd2fb528) throw new Error('zstd: invalid data after a frame')
    yield* through(oneFrame(magic, bytes), createZstdDecompress())
  }
}

async function* oneFrame(magic: Buffer, bytes: ByteSource): AsyncGenerator<Buffer> {
  const descriptor = (await bytes.need(1))[0] as number
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
  yield Buffer.concat([magic, Buffer.of(descriptor), await bytes.need((single ? 0 : 1) + dictionary + contentSize)])
  for (let last = false; !last; ) {
    const header = await bytes.need(3)
    const word = header.readUIntLE(0, 3)
    last = (word & 1) === 1
    const type = (word >> 1) & 3
    if (type === 3) throw new Error('zstd: reserved block type')
    yield Buffer.concat([header, await bytes.need(type === 1 ? 1 : word >> 3)])
  }
  if (descriptor & 4) yield await bytes.need(4)
}

function isSkippable(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18
}

async function* through(source: AsyncIterable<Buffer>, transform: NodeJS.ReadWriteStream): AsyncGenerator<Buffer> {
  // the error reaches the reader through the transform, which pipeline destroys with it
  const output = pipeline(Readable.from(source, { objectMode: false }), transform, () => undefined)
  for await (const chunk of output) yield chunk as Buffer
}
