import { ProtobufError, Reader } from './reader.ts'
import { Writer } from './writer.ts'

export const protobufContentType = 'application/vnd.kubernetes.protobuf'

/** `k8s\0`: before every Kubernetes object in protobuf. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])

const nothing = new Uint8Array(0)

/** What stands around an object in protobuf (`runtime.Unknown`). */
export interface ProtobufEnvelope {
  readonly apiVersion: string
  readonly kind: string
  /** The message itself; a view. */
  readonly raw: Uint8Array
}

/** Opens `k8s\0` and the envelope behind it. @throws ProtobufError when the bytes are none. */
export function openProtobuf(bytes: Uint8Array): ProtobufEnvelope {
  if (bytes[0] !== magic[0] || bytes[1] !== magic[1] || bytes[2] !== magic[2] || bytes[3] !== magic[3])
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  let apiVersion = ''
  let kind = ''
  let raw: Uint8Array = nothing
  const r = new Reader(bytes)
  r.pos = magic.length
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag === 10) {
      const outer = r.enter()
      while (r.pos < r.limit) {
        const inner = r.tag()
        if (inner === 10) apiVersion = r.string()
        else if (inner === 18) kind = r.string()
        else r.skip(inner)
      }
      r.limit = outer
    } else if (tag === 18) raw = r.bytes()
    else r.skip(tag)
  }
  return { apiVersion, kind, raw }
}

/**
 * Where the digits of an object's resourceVersion stand, in its envelope. Undefined: it has none. Metadata is the first member of
 * each object that is stored, as `ObjectMeta`'s texts are before its resourceVersion.
 */
export function resourceVersionAt(sealed: Uint8Array): number | undefined {
  const r = new Reader(sealed)
  r.pos = magic.length
  return enterMember(r, 18) && enterMember(r, 10) && enterMember(r, 50) && r.pos < r.limit ? r.pos : undefined
}

/** Steps into the first member with this tag, over those before it. */
function enterMember(r: Reader, member: number): boolean {
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (tag !== member) {
      r.skip(tag)
      continue
    }
    r.enter()
    return true
  }
  return false
}

/** For what is written whole before anything else is. */
const heads = new Writer(1024)

/** What stands before a message of `size` bytes. */
export const envelopeHead = (apiVersion: string, kind: string, size: number): Buffer =>
  heads.take(writeEnvelopeHead(heads, heads.end, apiVersion, kind, size))

/** The same before what begins at a place. */
export function writeEnvelopeHead(w: Writer, at: number, apiVersion: string, kind: string, size: number): number {
  const message = w.unsigned(w.unsigned(at, size), 18)
  const before = w.end - message
  const names = w.string(w.string(message, kind, 18), apiVersion, 10)
  return w.raw(w.delimit(names, before, 10), magic)
}

/** What stands behind it: contentEncoding and contentType, both empty. */
export const envelopeTail: Uint8Array = Buffer.from([0x1a, 0x00, 0x22, 0x00])

/** A message in its envelope. */
export function sealProtobuf(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const head = envelopeHead(apiVersion, kind, raw.length)
  const out = Buffer.allocUnsafeSlow(head.length + raw.length + envelopeTail.length)
  out.set(head, 0)
  out.set(raw, head.length)
  out.set(envelopeTail, head.length + raw.length)
  return out
}

/** Tag and length that stand before a member of `size` bytes. */
export const memberHead = (number: number, size: number): Buffer =>
  heads.take(heads.unsigned(heads.unsigned(heads.end, size), number * 8 + 2))
