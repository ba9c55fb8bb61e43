import type { Decl, Type as DeclaredType } from '@bufbuild/cel-spec/cel/expr/checked_pb.js'
import { Type_PrimitiveType, Type_WellKnownType } from '@bufbuild/cel-spec/cel/expr/checked_pb.js'
import type { Value as SpecValue } from '@bufbuild/cel-spec/cel/expr/value_pb.js'
import {
  boolType,
  bytesType,
  Duration,
  doubleType,
  durationType,
  dynType,
  intType,
  LiteralMap,
  listType,
  mapType,
  nullType,
  stringType,
  Timestamp,
  type Type,
  TypeValue,
  timestampType,
  Uint,
  uintType,
  type Value,
} from '../index.ts'

/** The data speaks of something that Kubernetes' CEL has not. */
export class Unsupported extends Error {}

/** A value of CEL's conformance data. */
export function readValue({ kind }: SpecValue): Value {
  switch (kind.case) {
    case 'nullValue':
      return null
    case 'boolValue':
    case 'int64Value':
    case 'doubleValue':
    case 'stringValue':
    case 'bytesValue':
      return kind.value
    case 'uint64Value':
      return new Uint(kind.value)
    case 'typeValue':
      return new TypeValue(kind.value)
    case 'listValue':
      return kind.value.values.map(readValue)
    case 'mapValue':
      return new LiteralMap(
        kind.value.entries.map(({ key, value }) => [readValue(key as SpecValue), readValue(value as SpecValue)]),
      )
    case 'objectValue':
      return readMessage(kind.value.typeUrl, kind.value.value)
    default:
      throw new Unsupported(`values of kind ${kind.case}`)
  }
}

/** Durations and timestamps in protobuf: seconds are field 1, nanoseconds field 2. */
function readMessage(typeUrl: string, bytes: Uint8Array): Value {
  const name = typeUrl.replace(/^.*\//, '')
  if (name !== 'google.protobuf.Duration' && name !== 'google.protobuf.Timestamp')
    throw new Unsupported(`message ${name}`)
  const fields = new Map<number, bigint>()
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at++] as number
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] as number
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    fields.set(tag >> 3, BigInt.asIntN(64, value))
  }
  const nanoseconds = (fields.get(1) ?? 0n) * 1_000_000_000n + (fields.get(2) ?? 0n)
  return name.endsWith('Duration') ? new Duration(nanoseconds) : new Timestamp(nanoseconds)
}

/** A variable that the data declares. */
export function readDeclaration({ name, declKind }: Decl): Record<string, Type> {
  if (declKind.case !== 'ident') throw new Unsupported(`declaration of a ${declKind.case}`)
  return { [name]: readType(declKind.value.type) }
}

const primitives = new Map<Type_PrimitiveType, Type>([
  [Type_PrimitiveType.BOOL, boolType],
  [Type_PrimitiveType.INT64, intType],
  [Type_PrimitiveType.UINT64, uintType],
  [Type_PrimitiveType.DOUBLE, doubleType],
  [Type_PrimitiveType.STRING, stringType],
  [Type_PrimitiveType.BYTES, bytesType],
])

function readType(type: DeclaredType | undefined): Type {
  const kind = type?.typeKind
  switch (kind?.case) {
    case 'dyn':
      return dynType
    case 'null':
      return nullType
    case 'primitive':
      return primitives.get(kind.value) as Type
    case 'listType':
      return listType(readType(kind.value.elemType))
    case 'mapType':
      return mapType(readType(kind.value.keyType), readType(kind.value.valueType))
    case 'wellKnown':
      if (kind.value === Type_WellKnownType.DURATION) return durationType
      if (kind.value === Type_WellKnownType.TIMESTAMP) return timestampType
      return dynType
    default:
      throw new Unsupported(`variable of type ${kind?.case}`)
  }
}
