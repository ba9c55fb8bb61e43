import type { Field, FieldType, Message, Scalar } from './message.ts'
import { ProtobufReader } from './protobuf-reader.ts'

/** Four bytes before every Kubernetes object in protobuf. */
const magic = [0x6b, 0x38, 0x73, 0x00] as const

/** The envelope of an object in protobuf (`runtime.Unknown`). */
export interface ProtobufEnvelope {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Uint8Array
}

/** Opens `k8s\0` and the envelope behind it. Throws when the bytes are none. */
export function openProtobuf(bytes: Uint8Array): ProtobufEnvelope {
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw new Error('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  let apiVersion = ''
  let kind = ''
  let raw: Uint8Array = new Uint8Array(0)
  const reader = new ProtobufReader(bytes.subarray(magic.length))
  while (!reader.done) {
    const { number, wire } = reader.tag()
    if (number === 1) {
      const meta = new ProtobufReader(reader.bytes())
      while (!meta.done) {
        const inner = meta.tag()
        if (inner.number === 1) apiVersion = meta.string()
        else if (inner.number === 2) kind = meta.string()
        else meta.skip(inner.wire)
      }
    } else if (number === 2) raw = reader.bytes()
    else reader.skip(wire)
  }
  return { apiVersion, kind, raw }
}

type Decoded = Record<string, unknown>
type Member = { field: Field } | { inlined: string }

/**
 * Decodes protobuf by the schema tables into what JSON would have given. Zero values of fields that are not pointers are left
 * out, as they are in JSON; unknown fields are passed over.
 */
export function protobufDecoder(message: (name: string) => Message): (name: string, bytes: Uint8Array) => Decoded {
  const members = new Map<string, Map<number, Member>>()
  const membersOf = (shape: Message) => {
    let known = members.get(shape.name)
    if (known === undefined) {
      known = new Map()
      for (const field of shape.fields) {
        if (field.inlined === undefined) known.set(field.number, { field })
        else known.set(field.inlined.number, { inlined: field.inlined.message })
      }
      members.set(shape.name, known)
    }
    return known
  }
  const decode = (name: string, bytes: Uint8Array): Decoded => {
    const known = membersOf(message(name))
    const result: Decoded = {}
    const reader = new ProtobufReader(bytes)
    while (!reader.done) {
      const { number, wire } = reader.tag()
      const member = known.get(number)
      if (member === undefined) reader.skip(wire)
      else if ('inlined' in member) Object.assign(result, decode(member.inlined, reader.bytes()))
      else decodeField(member.field, reader, wire, result)
    }
    return result
  }

  const decodeField = (field: Field, reader: ProtobufReader, wire: number, result: Decoded): void => {
    const { type, name } = field
    if (type.of === 'list') {
      result[name] ??= []
      const list = result[name] as unknown[]
      // numbers may come packed
      if (wire === 2 && type.item.of === 'scalar' && isVarint(type.item.scalar)) {
        const packed = new ProtobufReader(reader.bytes())
        while (!packed.done) list.push(scalar(type.item.scalar, packed))
      } else list.push(single(type.item, reader))
    } else if (type.of === 'map') {
      result[name] ??= {}
      const map = result[name] as Decoded
      const entry = new ProtobufReader(reader.bytes())
      let key = ''
      let value: unknown = zeroOf(type.item)
      while (!entry.done) {
        const inner = entry.tag()
        if (inner.number === 1) key = entry.string()
        else if (inner.number === 2) value = single(type.item, entry)
        else entry.skip(inner.wire)
      }
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
    } else {
      const value = single(type, reader)
      const isZero = value === undefined || (!field.pointer && (value === '' || value === 0 || value === false))
      if (!isZero) result[name] = value
    }
  }

  const single = (type: FieldType, reader: ProtobufReader): unknown => {
    if (type.of === 'scalar') return scalar(type.scalar, reader)
    if (type.of === 'message') return decode(type.name, reader.bytes())
    throw new Error('protobuf knows no list of lists')
  }
  return decode
}

const isVarint = (kind: Scalar) => kind === 'int32' || kind === 'int64' || kind === 'bool'

function zeroOf(type: FieldType): unknown {
  if (type.of !== 'scalar') return {}
  return type.scalar === 'bool' ? false : isVarint(type.scalar) || type.scalar === 'float64' ? 0 : ''
}

function scalar(kind: Scalar, reader: ProtobufReader): unknown {
  switch (kind) {
    case 'string':
      return reader.string()
    case 'bool':
      return reader.varint() !== 0n
    case 'int32':
      return Number(BigInt.asIntN(32, reader.varint()))
    case 'int64':
      return plain(BigInt.asIntN(64, reader.varint()))
    case 'float64':
      return reader.double()
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    default:
      return structured(kind, new ProtobufReader(reader.bytes()))
  }
}

/** Kinds that are messages in protobuf and something simpler in JSON. */
function structured(kind: Scalar, reader: ProtobufReader): unknown {
  const fields = new Map<number, unknown>()
  while (!reader.done) {
    const { number, wire } = reader.tag()
    if (wire === 0) fields.set(number, BigInt.asIntN(64, reader.varint()))
    else if (wire === 2) fields.set(number, reader.bytes())
    else reader.skip(wire)
  }
  const integer = (number: number) => (fields.get(number) as bigint | undefined) ?? 0n
  const text = (number: number) => Buffer.from((fields.get(number) as Uint8Array | undefined) ?? []).toString('utf8')
  switch (kind) {
    case 'Quantity':
      return text(1)
    case 'IntOrString':
      return integer(1) === 1n ? text(3) : Number(integer(2))
    case 'Duration':
      return goDuration(integer(1))
    case 'Time':
    case 'MicroTime': {
      if (fields.size === 0) return undefined
      const time = new Date(Number(integer(1)) * 1000).toISOString().slice(0, 19)
      const micros = String(Number(integer(2)) / 1000).split('.')[0] ?? '0'
      return kind === 'Time' ? `${time}Z` : `${time}.${micros.padStart(6, '0')}Z`
    }
    default: {
      // FieldsV1, RawExtension: JSON as it is
      const raw = text(1)
      return raw === '' ? undefined : (JSON.parse(raw) as unknown)
    }
  }
}

const plain = (value: bigint) =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value

/** Nanoseconds as Go prints a duration: `1h0m0s`, `1.5s`. */
function goDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : ''
  const total = Number(nanoseconds < 0n ? -nanoseconds : nanoseconds) / 1e9
  if (total < 1) return total === 0 ? '0s' : `${sign}${total * 1000}ms`
  const hours = Math.floor(total / 3600)
  const minutes = Math.floor((total % 3600) / 60)
  const seconds = `${Number((total % 60).toFixed(9))}s`
  return `${sign}${hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : ''}${seconds}`
}
