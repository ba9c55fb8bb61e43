import type { FieldType, Message, Scalar } from '../schema/message.ts'

/** Deepest nesting of generated objects: below it only what must be there. */
const maxDepth = 12
/** Schemas of custom resources contain themselves in a dozen places: so many inside each other are enough, and more would be megabytes. */
const maxInItself = 2

/** Random objects of any message of the tables, the same for the same seed. */
export class ObjectGenerator {
  readonly #message: (name: string) => Message
  #state: number
  /** Messages that are being made, by name. */
  readonly #open = new Map<string, number>()

  constructor(message: (name: string) => Message, seed: number) {
    this.#message = message
    this.#state = seed
  }

  object(name: string, depth = 0): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    const inItself = this.#open.get(name) ?? 0
    this.#open.set(name, inItself + 1)
    for (const { name: field, type, omitEmpty, required } of this.#message(name).fields) {
      // an empty list that JSON always shows is null in one and [] in the other: those are always filled
      const must = (type.of === 'list' || type.of === 'map') && !omitEmpty
      const odds = depth > maxDepth || inItself >= maxInItself ? 0 : required ? 0.9 : depth > 6 ? 0.08 : 0.4
      if (must || this.#next() < odds) object[field] = this.#value(type, depth + 1)
    }
    this.#open.set(name, inItself)
    return object
  }

  #value(type: FieldType, depth: number): unknown {
    switch (type.of) {
      case 'message':
        return this.object(type.name, depth)
      case 'choice': {
        if (type.instead === 'bool' && this.#next() < 0.5) return this.#next() < 0.5
        if (type.instead === 'strings' && this.#next() < 0.5) return ['a', 'b']
        if (type.instead === 'list' && this.#next() < 0.5) return [this.object(type.name, depth + 1)]
        return this.object(type.name, depth + 1)
      }
      case 'list':
        return Array.from({ length: 1 + this.#below(3) }, () => this.#value(type.item, depth))
      case 'map': {
        // schemas hold maps of schemas: deep down one member more is many objects more
        const odds = depth > 5 ? 0 : 0.27
        const keys = ['plain', '10', 'a/b.c', 'Zoë', '__proto__', 'constructor', 'toString'].filter(
          (_, i) => i === 0 || this.#next() < odds,
        )
        return Object.fromEntries(keys.map(key => [key, this.#value(type.item, depth)]))
      }
      case 'scalar':
        return this.#scalar(type.scalar)
    }
  }

  #scalar(scalar: Scalar): unknown {
    switch (scalar) {
      case 'string':
        return this.#pick([
          '',
          'a',
          'kube-system',
          'größe 日本 🚀',
          'x'.repeat(200),
          'é'.repeat(70),
          '__proto__',
          'constructor',
          'toString',
          '10',
        ])
      case 'bool':
        return this.#next() < 0.5
      case 'int32':
        return this.#pick([0, 1, 127, 128, 65535, 2147483647, -1, -2147483648])
      case 'int64':
        return this.#pick([
          0,
          1,
          300,
          4294967296,
          9007199254740991,
          9223372036854775807n,
          -1,
          -(2n ** 63n),
          -4294967297,
        ])
      case 'float64':
        return this.#pick([0, 1.5, -2.25, 1e300])
      case 'bytes':
        return this.#pick(['AA==', 'aGVsbG8=', '/+8='])
      case 'Quantity':
        return this.#pick(['0', '100m', '1', '2Gi', '1500Mi', '3k', '12e6'])
      case 'IntOrString':
        return this.#pick([0, 80, 65535, -1, 'http', '25%'])
      case 'Time':
        return this.#pick(['2026-11-24T13:34:21Z', '1970-01-01T00:00:00Z', '1969-12-31T23:59:59Z'])
      case 'MicroTime':
        return this.#pick(['2026-11-24T13:34:21.000001Z', '2026-11-24T13:34:21.123456Z', '1969-12-31T23:59:59.500000Z'])
      case 'Duration':
        return this.#pick(['0s', '1h0m0s', '1.5s', '250ms'])
      case 'FieldsV1':
        return { 'f:metadata': { 'f:labels': { 'f:a': {}, '.': {} } } }
      case 'JSON':
        return this.#pick([1, 'two', true, [1, 'two'], { a: null }])
      case 'RawExtension':
        return { kind: 'Any', list: [1, 'two', null] }
    }
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T
  }

  #below(bound: number): number {
    return Math.floor(this.#next() * bound)
  }

  /** Mulberry32: small, fast, and the same everywhere. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
