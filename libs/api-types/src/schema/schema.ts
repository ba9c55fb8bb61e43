import type { PatchSchema } from '@kubets/apimachinery'
import { checkers, type SchemaReport } from './compile-checker.ts'
import { type Encode, encoders } from './compile-encoder.ts'
import { protobufDecoder } from './decode-protobuf.ts'
import { tableLoader } from './load-table.ts'
import { type Message, messages, type TableLoader } from './message.ts'
import { patchSchemas } from './patch-schema.ts'
import { strip } from './strip.ts'

/** The compiled functions of one message. Each is compiled when it is first called. */
export interface KindSchema {
  readonly name: string
  /** Its fields. */
  readonly message: Message
  /** Looks for unknown fields and wrong types. Does not change the value. */
  check(value: unknown): SchemaReport
  /** Canonical JSON: fields in upstream's order, maps sorted, empty things left out as upstream does. For checked values. */
  encode(value: unknown): string
  /** Removes unknown fields and nulls, in place. */
  stripUnknown(value: unknown): void
  /** For strategic merge patches. */
  readonly patch: PatchSchema
}

/** Schemas by message name (`io.k8s.api.core.v1.Pod`). */
export interface Schemas {
  get(name: string): KindSchema
  has(name: string): boolean
  message(name: string): Message
  /** Decodes a message's protobuf into what JSON would have given. */
  decodeProtobuf(name: string, bytes: Uint8Array): Record<string, unknown>
}

/** Schemas over the given tables: the built-in ones, or those of custom resources. */
export function createSchemas(load: TableLoader = tableLoader()): Schemas {
  const message = messages(load)
  const encoder = encoders(message)
  const checker = checkers(message)
  const patch = patchSchemas(message)
  const made = new Map<string, KindSchema>()
  const make = (name: string): KindSchema => {
    let encode: Encode | undefined
    let check: ((value: unknown) => SchemaReport) | undefined
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
        encode ??= encoder(name)
        return encode(value)
      },
      get patch() {
        return patch(name)
      },
      stripUnknown: value => strip(value, message(name), message),
    }
  }
  return {
    message,
    decodeProtobuf: protobufDecoder(message),
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
