import type { FieldType, Message, Schemas } from '@kubets/api-types'

type Members = Readonly<Record<string, unknown>>

/** A value with what it holds in order; `patch` is what a merge patch says of it, undefined: it went through a map as a whole. */
type Sort = (value: unknown, patch: unknown) => unknown

/**
 * Some fields hold an object of any kind as it was written, in its order (a ControllerRevision's `data`), and are compared as they stand. What
 * upstream takes through a map comes out sorted: all of them by a strategic patch or an apply, what it touches by a merge patch.
 */
class RawMembers {
  readonly #message: (name: string) => Message
  /** By message; undefined: it holds no such field. */
  readonly #sorts = new Map<string, Sort | undefined>()

  constructor(message: (name: string) => Message) {
    this.#message = message
  }

  /** The object, or a copy of it where something had to be sorted. */
  sorted<T>(schema: string, object: T, mergePatch?: unknown): T {
    return (this.#ofMessage(schema)?.(object, mergePatch) ?? object) as T
  }

  #ofMessage(name: string): Sort | undefined {
    if (this.#sorts.has(name)) return this.#sorts.get(name)
    // a schema within itself: those that do so hold no such field
    this.#sorts.set(name, undefined)
    const members = this.#message(name).fields.flatMap(({ name: field, type }) => {
      const sort = this.#ofType(type)
      return sort === undefined ? [] : [[field, sort] as const]
    })
    const sort: Sort = (value, patch) => {
      if (!isObject(value)) return value
      const copy: Record<string, unknown> = { ...value }
      for (const [field, one] of members) {
        if (value[field] === undefined || value[field] === null) continue
        if (patch !== undefined && !(isObject(patch) && Object.hasOwn(patch, field))) continue
        copy[field] = one(value[field], isObject(patch) ? patch[field] : undefined)
      }
      return copy
    }
    if (members.length > 0) this.#sorts.set(name, sort)
    return this.#sorts.get(name)
  }

  #ofType(type: FieldType): Sort | undefined {
    if (type.of === 'scalar') return type.scalar === 'RawExtension' ? sortObject : undefined
    if (type.of === 'message') return this.#ofMessage(type.name)
    if (type.of !== 'list') return undefined
    const item = this.#ofType(type.item)
    // a list is replaced as a whole
    return item && (value => (Array.isArray(value) ? value.map(one => item(one, undefined)) : value))
  }
}

const known = new WeakMap<Schemas, RawMembers>()

export function rawMembersOf(schemas: Schemas): RawMembers {
  let found = known.get(schemas)
  if (found === undefined) {
    found = new RawMembers(schemas.message)
    known.set(schemas, found)
  }
  return found
}

/** Members in the order of their names, at every level that the patch speaks of. */
const sortObject: Sort = (value, patch) => {
  if (Array.isArray(value)) return patch === undefined ? value.map(one => sortObject(one, undefined)) : value
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => {
        if (patch === undefined) return [name, sortObject(member, undefined)]
        const said = isObject(patch) && Object.hasOwn(patch, name) ? patch[name] : undefined
        return [name, isObject(said) ? sortObject(member, said) : member]
      }),
  )
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
