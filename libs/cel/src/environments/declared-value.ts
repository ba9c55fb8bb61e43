import { equal } from '../evaluate/compare.ts'
import { fromJson } from '../evaluate/from-json.ts'
import { Failure, MapValue, StructValue, type Value } from '../evaluate/values.ts'
import { parseDuration } from '../functions/durations.ts'
import { parseTimestamp } from '../functions/timestamps.ts'
import { orderedAs } from './declared-list.ts'
import type { DeclaredType } from './declared-type.ts'
import { escapeName, reservedWords, unescapeName } from './escape-name.ts'

/** JSON as a value of a declared type: what is inside is converted when an expression looks at it. */
export function declaredValue(json: unknown, type: DeclaredType): Value | Failure {
  if (json === null || json === undefined) return null
  switch (type.type.kind) {
    case 'double':
      return Number(json)
    case 'bytes':
      return typeof json === 'string' ? Buffer.from(json, 'base64') : fromJson(json)
    case 'timestamp':
      return typeof json === 'string' ? time(json) : fromJson(json)
    case 'duration':
      return typeof json === 'string' ? parseDuration(json) : fromJson(json)
    case 'list':
      return Array.isArray(json) ? list(json, type) : fromJson(json)
    case 'map':
      return isObject(json) ? new DeclaredMap(json, type.element as DeclaredType) : fromJson(json)
    case 'struct':
      return type.fields !== undefined && isObject(json) ? new DeclaredStruct(json, type) : fromJson(json)
    default:
      return fromJson(json)
  }
}

type JsonObject = Readonly<Record<string, unknown>>
const isObject = (json: unknown): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** Dates have no time of the day. */
const time = (text: string) => parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)

function list(json: readonly unknown[], type: DeclaredType): readonly Value[] | Failure {
  const element = type.element as DeclaredType
  const values: Value[] = []
  for (const each of json) {
    const value = declaredValue(each, element)
    if (value instanceof Failure) return value
    values.push(value)
  }
  return orderedAs(type.order, values)
}

class DeclaredMap extends MapValue {
  readonly #json: JsonObject
  readonly #element: DeclaredType

  constructor(json: JsonObject, element: DeclaredType) {
    super()
    this.#json = json
    this.#element = element
  }
  get size(): number {
    return Object.keys(this.#json).length
  }
  find(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#json, key)) return undefined
    const value = declaredValue(this.#json[key], this.#element)
    return value instanceof Failure ? undefined : value
  }
  keys(): Iterable<Value> {
    return Object.keys(this.#json)
  }
}

class DeclaredStruct extends StructValue {
  readonly typeName: string
  readonly #json: JsonObject
  readonly #type: DeclaredType

  constructor(json: JsonObject, type: DeclaredType) {
    super()
    this.typeName = type.type.name
    this.#json = json
    this.#type = type
  }

  /** A field that is null is not there. */
  has(field: string): boolean {
    const name = unescapeName(field)
    return (
      this.#type.fields?.has(this.#declaredName(field)) === true &&
      Object.hasOwn(this.#json, name) &&
      this.#json[name] !== null
    )
  }
  get(field: string): Value | undefined | Failure {
    const type = this.#type.fields?.get(this.#declaredName(field))
    if (type === undefined || !this.has(field)) return undefined
    return declaredValue(this.#json[unescapeName(field)], type)
  }
  equals(other: StructValue): boolean {
    if (other.typeName !== this.typeName) return false
    if (other instanceof DeclaredStruct && !this.#sameUndeclared(other)) return false
    return [...(this.#type.fields?.keys() ?? [])].every(field => {
      const [mine, theirs] = [this.get(field), other.get(field)]
      if (mine === undefined || theirs === undefined) return mine === theirs
      return !(mine instanceof Failure) && !(theirs instanceof Failure) && equal(mine, theirs)
    })
  }

  /** What no declaration names is compared too, where both have it, and counted. */
  #sameUndeclared(other: DeclaredStruct): boolean {
    const names = Object.keys(this.#json)
    if (names.length !== Object.keys(other.#json).length) return false
    return names.every(name => {
      const escaped = escapeName(name)
      if (escaped !== undefined && this.#type.fields?.has(escaped)) return true
      return !Object.hasOwn(other.#json, name) || equal(fromJson(this.#json[name]), fromJson(other.#json[name]))
    })
  }

  /** A reserved word may be written as it is. */
  #declaredName(field: string): string {
    return reservedWords.has(field) ? `__${field}__` : field
  }
}
