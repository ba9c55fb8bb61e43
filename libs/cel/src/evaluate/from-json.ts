import { MapValue, type Value } from './values.ts'

/** Data without a schema: whole numbers are ints, others doubles. Maps are made of what is asked for. */
export function fromJson(json: unknown): Value {
  switch (typeof json) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return json
    case 'number':
      return Number.isInteger(json) ? BigInt(json) : json
    default:
      if (json === null || json === undefined) return null
      return Array.isArray(json) ? json.map(fromJson) : new JsonMap(json as Readonly<Record<string, unknown>>)
  }
}

/** An object of JSON. Members are converted when they are first asked for. */
class JsonMap extends MapValue {
  readonly #json: Readonly<Record<string, unknown>>
  readonly #known = new Map<string, Value>()

  constructor(json: Readonly<Record<string, unknown>>) {
    super()
    this.#json = json
  }
  get size(): number {
    return Object.keys(this.#json).length
  }
  find(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#json, key)) return undefined
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const value = fromJson(this.#json[key])
    this.#known.set(key, value)
    return value
  }
  keys(): Iterable<Value> {
    return Object.keys(this.#json)
  }
}
