import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullType,
  optionalType,
  stringType,
  type Type,
  timestampType,
  typeType,
  uintType,
} from '../check/types.ts'

/**
 * What expressions work with. int is a bigint, double a number, list an array; everything else has a class.
 * Values are never changed once made.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | Uint
  | Duration
  | Timestamp
  | MapValue
  | StructValue
  | Optional
  | TypeValue
  | LibraryValue

/** An error is a value too: `true || error` is true. */
export class Failure {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

export const noSuchOverload = new Failure('no such overload')

export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** In nanoseconds, within what 64 bits hold. */
export class Duration {
  readonly nanoseconds: bigint
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds
  }
}

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly nanoseconds: bigint
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds
  }
}

export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export class Optional {
  static readonly none = new Optional(undefined)
  readonly value: Value | undefined
  constructor(value: Value | undefined) {
    this.value = value
  }
}

/** A map. Keys are bool, int, uint and string; numbers that are equal are the same key. */
export abstract class MapValue {
  abstract get size(): number
  abstract find(key: Value): Value | undefined
  abstract keys(): Iterable<Value>
}

/** A value with fields of a declared type. */
export abstract class StructValue {
  abstract readonly typeName: string
  /** Whether the field has a value of its own. */
  abstract has(field: string): boolean
  /** `undefined`: it has no such field, or it is not set. */
  abstract get(field: string): Value | undefined | Failure
  abstract equals(other: StructValue): boolean
}

/** A value that only a library's functions understand: an IP address, a quantity. */
export abstract class LibraryValue {
  abstract readonly type: Type
  abstract equals(other: LibraryValue): boolean
  /** As `string(x)` has it, where it can be had. */
  asString(): string | undefined {
    return undefined
  }
  /** Counted by the budget. */
  get size(): number {
    return 1
  }
}

const keyOf = (key: Value): string | undefined => {
  switch (typeof key) {
    case 'string':
      return `s${key}`
    case 'boolean':
      return key ? 'true' : 'false'
    case 'bigint':
      return `n${key}`
    case 'number':
      return Number.isInteger(key) ? `n${BigInt(key)}` : undefined
    default:
      return key instanceof Uint ? `n${key.value}` : undefined
  }
}

/** A map made in an expression. */
export class LiteralMap extends MapValue {
  readonly #entries: Map<string, readonly [Value, Value]>

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super()
    this.#entries = new Map()
    for (const entry of entries) {
      const key = keyOf(entry[0])
      if (key !== undefined) this.#entries.set(key, entry)
    }
  }

  get size(): number {
    return this.#entries.size
  }
  find(key: Value): Value | undefined {
    const text = keyOf(key)
    return text === undefined ? undefined : this.#entries.get(text)?.[1]
  }
  *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key
  }

  /** For a map that only its maker sees yet. */
  insert(key: Value, value: Value): this | Failure {
    const text = keyOf(key)
    if (text === undefined) return new Failure(`unsupported key type: ${typeOfValue(key).name}`)
    if (this.#entries.has(text)) return new Failure(`insert failed: key ${String(key)} already exists`)
    this.#entries.set(text, [key, value])
    return this
  }
  insertAll(map: MapValue): this | Failure {
    for (const key of map.keys()) {
      const result = this.insert(key, map.find(key) as Value)
      if (result instanceof Failure) return result
    }
    return this
  }
}

/** Whether a value may be a key of a map. */
export const isKey = (value: Value) =>
  typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint' || value instanceof Uint

export const isList = (value: unknown): value is readonly Value[] => Array.isArray(value)

/** The type of a value, as far as the value itself tells. */
export function typeOfValue(value: Value): Type {
  switch (typeof value) {
    case 'boolean':
      return boolType
    case 'bigint':
      return intType
    case 'number':
      return doubleType
    case 'string':
      return stringType
    default:
      if (value === null) return nullType
      if (value instanceof Uint8Array) return bytesType
      if (isList(value)) return listType(dynType)
      if (value instanceof Uint) return uintType
      if (value instanceof Duration) return durationType
      if (value instanceof Timestamp) return timestampType
      if (value instanceof MapValue) return mapType(dynType, dynType)
      if (value instanceof Optional) return optionalType(dynType)
      if (value instanceof TypeValue) return typeType
      if (value instanceof StructValue) return { kind: 'struct', name: value.typeName, parameters: [] }
      return value.type
  }
}

/** How much of the budget a value's size stands for: characters, bytes, elements, entries; 1 for what has none. */
export function sizeOf(value: Value | Failure): number {
  if (typeof value === 'string') return codePointCount(value)
  if (value instanceof Uint8Array || isList(value)) return value.length
  if (value instanceof MapValue || value instanceof LibraryValue) return value.size
  if (value instanceof Optional && value.value !== undefined) return sizeOf(value.value)
  return 1
}

export function codePointCount(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0xdc00 || unit > 0xdfff) count++
  }
  return count
}
