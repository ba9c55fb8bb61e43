import { ProtobufError, Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** A frame's length may be no larger (upstream's bound for a frame that a client reads). */
const maxFrame = 16 * 1024 * 1024

const heads = new Writer(1024)

/** One frame of a watch: four bytes of length, most significant first, and a `WatchEvent` around an object in its envelope. */
export function encodeWatchFrame(type: string, object: Uint8Array): Buffer {
  // RawExtension: one member, the bytes
  const raw = heads.unsigned(heads.unsigned(heads.end, object.length), 10)
  const event = heads.unsigned(heads.unsigned(raw, heads.end - raw + object.length), 18)
  const head = heads.take(heads.string(event, type, 10))
  const out = Buffer.allocUnsafeSlow(4 + head.length + object.length)
  out.writeUInt32BE(head.length + object.length, 0)
  out.set(head, 4)
  out.set(object, 4 + head.length)
  return out
}

/** Takes the first frame off; undefined while it is not all there. `object` is a view of an object in its envelope. */
export function decodeWatchFrame(
  bytes: Uint8Array,
): { type: string; object: Uint8Array; rest: Uint8Array } | undefined {
  if (bytes.length < 4) return undefined
  const size = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE(0)
  if (size > maxFrame) throw new ProtobufError(`frame of ${size} bytes, more than ${maxFrame}`)
  if (bytes.length < 4 + size) return undefined
  const r = new Reader(bytes.subarray(4, 4 + size))
  let type = ''
  let object: Uint8Array = new Uint8Array(0)
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 10) type = r.string()
    else if (tag === 18) {
      const outer = r.enter()
      while (r.pos < r.limit) {
        const inner = r.tag()
        if (inner === 10) object = r.bytes()
        else r.skip(inner)
      }
      r.limit = outer
    } else r.skip(tag)
  }
  return { type, object, rest: bytes.subarray(4 + size) }
}
