import { ProtobufError, Reader } from './reader.ts'
import { Writer } from './writer.ts'

export const protobufContentType = 'application/vnd.kubernetes.protobuf'

/** `k8s\0`: before every Kubernetes object in protobuf. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** What stands around an object in protobuf (`runtime.Unknown`). */
export interface ProtobufEnvelope {
  readonly apiVersion: string
  readonly kind: string
  /** The message itself; a view. */
  readonly raw: Uint8Array
}

/** Opens `k8s\0` and the envelope behind it. @throws ProtobufError when the bytes are none. */
export function openProtobuf(bytes: Uint8Array): ProtobufEnvelope {
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  let apiVersion = ''
  let kind = ''
  let raw: Uint8Array = new Uint8Array(0)
  const r = new Reader(bytes.subarray(magic.length))
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

/** What stands before a message of `size` bytes. */
export function envelopeHead(apiVersion: string, kind: string, size: number): Buffer {
  const w = new Writer(128)
  writeEnvelopeHead(w, apiVersion, kind, size)
  return w.take()
}

/** The same before what was written last. */
export function writeEnvelopeHead(w: Writer, apiVersion: string, kind: string, size: number): void {
  w.unsigned(size)
  w.unsigned(18)
  const before = w.written
  w.string(kind, 18)
  w.string(apiVersion, 10)
  w.delimit(before, 10)
  w.raw(magic)
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
export function memberHead(number: number, size: number): Buffer {
  const w = new Writer(16)
  w.unsigned(size)
  w.unsigned(number * 8 + 2)
  return w.take()
}
