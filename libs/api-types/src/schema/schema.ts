import type { PatchSchema, TypeView } from '@kubets/apimachinery'
import {
  type Decoded,
  type DecodedProtobuf,
  type ProtobufEncoder,
  protobufDecoders,
  protobufEncoders,
} from '../protobuf/index.ts'
import { checkers, type SchemaReport } from './compile-checker.ts'
import { type Encode, encoders } from './compile-encoder.ts'
import { tableLoader } from './load-table.ts'
import { type Message, messages, type TableLoader } from './message.ts'
import { patchSchemas } from './patch-schema.ts'
import { strip } from './strip.ts'
import { typeViews } from './type-views.ts'

/** The compiled functions of one message. Each is compiled when it is first called. */
export interface KindSchema {
  readonly name: string
  /** Its fields. */
  readonly message: Message
  /** Looks for unknown fields and wrong types. Does not change the value. */
  check(value: unknown): SchemaReport
  /** Canonical JSON: fields in upstream's order, maps sorted, empty things left out as upstream does. For checked values. */
  encode(value: unknown): string
  /** The same in UTF-8. Valid until something else is encoded. */
  encodeBytes(value: unknown): Uint8Array
  /** The protobuf message, without an envelope and without kind and apiVersion. For checked values. */
  encodeProtobuf(value: unknown): Buffer
  /** The same in its envelope. In memory of its own, unless `memory` gives some. */
  sealProtobuf: ProtobufEncoder['sealed']
  /** What JSON would have given, without kind and apiVersion. @throws ProtobufError */
  decodeProtobuf(bytes: Uint8Array): Decoded
  /** The same, added to `into`, and whether {@link check} could find anything in it. @throws ProtobufError */
  readProtobuf(bytes: Uint8Array, into: Decoded): DecodedProtobuf
  /** Removes unknown fields and nulls, in place. */
  stripUnknown(value: unknown): void
  /** For strategic merge patches. */
  readonly patch: PatchSchema
  /** For apply and the ownership of fields. */
  readonly type: TypeView
}

/** Schemas by message name (`io.k8s.api.core.v1.Pod`). */
export interface Schemas {
  get(name: string): KindSchema
  has(name: string): boolean
  message(name: string): Message
}

/** Schemas over the given tables: the built-in ones, or those of custom resources. */
export function createSchemas(load: TableLoader = tableLoader()): Schemas {
  const message = messages(load)
  const encoder = encoders(message)
  const checker = checkers(message)
  const patch = patchSchemas(message)
  const type = typeViews(message)
  const protobufEncoder = protobufEncoders(message)
  const protobufDecoder = protobufDecoders(message)
  const made = new Map<string, KindSchema>()
  const make = (name: string): KindSchema => {
    let encode: Encode | undefined
    let toProtobuf: ProtobufEncoder | undefined
    let fromProtobuf: ((bytes: Uint8Array, into?: Decoded) => DecodedProtobuf) | undefined
    let check: ((value: unknown) => SchemaReport) | undefined
    const encodeBytes = (value: unknown): Uint8Array => {
      encode ??= encoder(name)
      return encode(value)
    }
    return {
      name,
      get message() {
        return message(name)
      },
      check(value) {
        check ??= checker(name)
        return check(value)
      },
      encode(value) {
        const bytes = encodeBytes(value)
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
      },
      encodeBytes,
      encodeProtobuf(value) {
        toProtobuf ??= protobufEncoder(name)
        return toProtobuf(value)
      },
      sealProtobuf(value, apiVersion, kind, memory) {
        toProtobuf ??= protobufEncoder(name)
        return toProtobuf.sealed(value, apiVersion, kind, memory)
      },
      decodeProtobuf(bytes) {
        fromProtobuf ??= protobufDecoder(name)
        return fromProtobuf(bytes).value
      },
      readProtobuf(bytes, into) {
        fromProtobuf ??= protobufDecoder(name)
        return fromProtobuf(bytes, into)
      },
      get patch() {
        return patch(name)
      },
      get type() {
        return type(name)
      },
      stripUnknown: value => strip(value, message(name), message),
    }
  }
  return {
    message,
    get(name) {
      let schema = made.get(name)
      if (schema === undefined) {
        schema = make(name)
        made.set(name, schema)
      }
      return schema
    },
    has(name) {
      try {
        message(name)
        return true
      } catch {
        return false
      }
    },
  }
}

/** The schemas of all built-in kinds. */
export const builtinSchemas: Schemas = createSchemas()
