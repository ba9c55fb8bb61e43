import type { CacheEvent, Entry } from '@kubets/storage'

const uidMember = Buffer.from('"uid":"')
const metadataMember = Buffer.from('"metadata":{')
const quote = 0x22
const comma = 0x2c
const lineFeed = 0x0a

/**
 * Where `"resourceVersion":"…",` goes into canonical bytes: right after the `uid` member of metadata, as upstream orders
 * them. What stands before uid in metadata (name, generateName, namespace) holds no quotes, so the first match is it.
 */
export function spliceAt(bytes: Uint8Array): number {
  const uid = indexOfUid(bytes)
  if (uid !== -1) {
    let end = uid + uidMember.length
    while (end < bytes.length && bytes[end] !== quote) end++
    if (bytes[end + 1] === comma) return end + 2
  }
  const metadata = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(metadataMember)
  return metadata === -1 ? 0 : metadata + metadataMember.length
}

/** As far as this it is looked for byte by byte, which is faster than to ask: it stands behind the names. */
const near = 512

function indexOfUid(bytes: Uint8Array): number {
  const end = Math.min(bytes.length - uidMember.length, near)
  for (let at = 0; at < end; at++)
    if (
      bytes[at] === quote &&
      bytes[at + 1] === 0x75 &&
      bytes[at + 2] === 0x69 &&
      bytes[at + 3] === 0x64 &&
      bytes[at + 4] === quote &&
      bytes[at + 5] === 0x3a &&
      bytes[at + 6] === quote
    )
      return at
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(uidMember, Math.max(end, 0))
}

/** `"resourceVersion":"42",` — without the comma where metadata has no further member. */
export function resourceVersionMember(bytes: Uint8Array, at: number, revision: number): string {
  return bytes[at] === 0x7d ? `"resourceVersion":"${revision}"` : `"resourceVersion":"${revision}",`
}

/** Stored bytes with their resourceVersion. */
export function withResourceVersion(bytes: Uint8Array, at: number, revision: number): Buffer {
  const member = resourceVersionMember(bytes, at, revision)
  return joined(bytes, at, member, Buffer.allocUnsafeSlow(bytes.length + member.length))
}

/** The same as it is answered, with a line's end, in memory of its own unless `take` gives some. */
export function answerLine(
  bytes: Uint8Array,
  at: number,
  revision: number,
  take: (length: number) => Buffer = Buffer.allocUnsafeSlow,
): Buffer {
  const member = resourceVersionMember(bytes, at, revision)
  const out = joined(bytes, at, member, take(bytes.length + member.length + 1))
  out[out.length - 1] = lineFeed
  return out
}

function joined(bytes: Uint8Array, at: number, member: string, out: Buffer): Buffer {
  out.set(bytes.subarray(0, at), 0)
  out.write(member, at, 'latin1')
  out.set(bytes.subarray(at), at + member.length)
  return out
}

/** An entry as a GET answers it; made once. */
export function entryLine(entry: Entry): Uint8Array {
  return entry.form('json', e => answerLine(e.bytes, e.spliceAt, e.modRevision))
}

/** A frame of a watch stream; `object` is the state that the watcher is shown, at the event's revision. */
export function watchFrame(type: string, object: Entry, revision: number): Buffer {
  const head = `{"type":"${type}","object":`
  const member = resourceVersionMember(object.bytes, object.spliceAt, revision)
  const { bytes, spliceAt: at } = object
  const out = Buffer.allocUnsafeSlow(head.length + bytes.length + member.length + 2)
  let position = out.write(head, 0, 'latin1')
  out.set(bytes.subarray(0, at), position)
  position += at
  position += out.write(member, position, 'latin1')
  out.set(bytes.subarray(at), position)
  position += bytes.length - at
  out.write('}\n', position, 'latin1')
  return out
}

/** An event as a watcher without selectors gets it; made once for all of them. */
export function eventFrame(event: CacheEvent): Uint8Array {
  return event.form('json', e => watchFrame(e.type, e.entry, e.revision))
}
