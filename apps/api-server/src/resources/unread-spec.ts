import type { KubeObject, Message, ResourceEntry, Schemas } from '@kubets/api-types'

const specMember = Buffer.from(',"spec":{')
const statusMember = Buffer.from(',"status":{')
const brace = 0x7d
const quote = 0x22
const colon = 0x3a
const backslash = 0x5c

/** What is known of a spec that nobody has read. */
export interface Unread {
  /** Its canonical JSON. */
  readonly bytes: Buffer
  /** The selectable fields of the object that it was read from. */
  readonly fields: Readonly<Record<string, string>>
  read(bytes: Buffer): object
}

/** Where a late spec shows what is known of it. A WeakMap would keep its bytes alive beyond the request. */
const unread = Symbol('unread')

/** What is known of a spec, as long as nobody has looked at it. */
export const unreadSpec = (object: KubeObject): Unread | undefined => {
  const { spec } = object as { spec?: object }
  return spec === undefined || spec === null ? undefined : (spec as { [unread]?: Unread })[unread]
}

/** A spec that is read when somebody first looks at it: until then it is its bytes. */
export function lateSpec(known: Unread): object {
  return new Proxy({}, new Late(known))
}

/** Fills its target before anything is done with it; then it is a plain object like any other. */
class Late implements ProxyHandler<object> {
  /** Until it is filled. */
  #known: Unread | undefined

  constructor(known: Unread) {
    this.#known = known
  }

  #filled(target: object): object {
    const known = this.#known
    if (known !== undefined) {
      this.#known = undefined
      Object.assign(target, known.read(known.bytes))
    }
    return target
  }

  get(target: object, name: string | symbol): unknown {
    if (name === unread) return this.#known
    return Reflect.get(this.#filled(target), name)
  }
  set(target: object, name: string | symbol, value: unknown): boolean {
    return Reflect.set(this.#filled(target), name, value)
  }
  has(target: object, name: string | symbol): boolean {
    return Reflect.has(this.#filled(target), name)
  }
  deleteProperty(target: object, name: string | symbol): boolean {
    return Reflect.deleteProperty(this.#filled(target), name)
  }
  ownKeys(target: object): (string | symbol)[] {
    return Reflect.ownKeys(this.#filled(target))
  }
  getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(this.#filled(target), name)
  }
  defineProperty(target: object, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    return Reflect.defineProperty(this.#filled(target), name, descriptor)
  }
}

/**
 * Takes the spec out of what follows the managers in canonical bytes: `},"spec":{…},"status":{…}}`. Undefined where something else stands
 * there. For kinds of which {@link statusStandsLast} is true.
 */
export function cutSpec(after: Buffer): { spec: Buffer; rest: Buffer } | undefined {
  // directly behind the end of metadata it can only be the object's own
  if (after[0] !== brace || after.compare(specMember, 0, specMember.length, 1, 1 + specMember.length) !== 0)
    return undefined
  const end = after.lastIndexOf(statusMember)
  if (end === -1 || after[end - 1] !== brace) return undefined
  return { spec: after.subarray(specMember.length, end), rest: after.subarray(end) }
}

const known = new WeakMap<ResourceEntry, boolean>()

/**
 * Whether the last `,"status":{` in canonical bytes is the object's own status: it always has one, behind all else, and nothing in it has such a
 * member. In a string those bytes cannot stand: its quotes have backslashes.
 */
export function statusStandsLast(schemas: Schemas, entry: ResourceEntry): boolean {
  let last = known.get(entry)
  if (last === undefined) {
    last = standsLast(schemas, entry)
    known.set(entry, last)
  }
  return last
}

function standsLast(schemas: Schemas, entry: ResourceEntry): boolean {
  const message = schemas.message(entry.schema)
  if (message.fields.map(({ name }) => name).join() !== 'metadata,spec,status') return false
  const status = message.byName.get('status')
  if (status?.type.of !== 'message' || status.pointer || status.omitZero) return false
  return hasNoStatus(schemas.message(status.type.name), schemas, new Set())
}

function hasNoStatus(message: Message, schemas: Schemas, seen: Set<string>): boolean {
  if (seen.has(message.name)) return true
  seen.add(message.name)
  return message.fields.every(({ name, type }) => {
    if (type.of === 'map') return type.item.of === 'scalar' && !isFree(type.item.scalar)
    const item = type.of === 'list' ? type.item : type
    if (item.of === 'message') return name !== 'status' && hasNoStatus(schemas.message(item.name), schemas, seen)
    return item.of === 'scalar' && !isFree(item.scalar)
  })
}

/** Any JSON may stand there. */
const isFree = (scalar: string) => scalar === 'JSON' || scalar === 'RawExtension' || scalar === 'FieldsV1'

/**
 * An object's bytes with a further member, which it does not have yet; `order` are the names of all that it may have. Looked for from the end, as what
 * most objects are long of (containers) stands at the beginning. Undefined where the bytes are not as we write them.
 */
export function withMember(bytes: Buffer, name: string, value: string, order: readonly string[]): Buffer | undefined {
  const place = order.indexOf(name)
  const member = `${JSON.stringify(name)}:${value}`
  const end = bytes.length - 1
  if (bytes[end] !== brace) return undefined
  /** Where the member that follows begins; the end of the object where none does. */
  let next = end
  let depth = 0
  for (let i = end; i >= 0; i--) {
    const byte = bytes[i]
    if (byte === quote) {
      const close = i
      i = beginOfString(bytes, close)
      if (depth !== 1 || bytes[close + 1] !== colon) continue
      const found = order.indexOf(bytes.toString('latin1', i + 1, close))
      if (found === -1 || found === place) return undefined
      if (found > place) next = i
      else return inserted(bytes, next === end ? end : next - 1, `,${member}`)
    } else if (byte === brace || byte === 0x5d) depth++
    else if ((byte === 0x7b || byte === 0x5b) && --depth === 0)
      return i === 0 ? inserted(bytes, 1, next === end ? member : `${member},`) : undefined
  }
  return undefined
}

/** The place of the opening quote; -1 where there is none. Quotes within a string have an odd number of backslashes. */
function beginOfString(bytes: Buffer, close: number): number {
  for (let i = close - 1; i >= 0; i--) {
    if (bytes[i] !== quote) continue
    let before = i
    while (bytes[before - 1] === backslash) before--
    if ((i - before) % 2 === 0) return i
  }
  return -1
}

function inserted(bytes: Buffer, at: number, text: string): Buffer {
  const length = Buffer.byteLength(text)
  const out = Buffer.allocUnsafe(bytes.length + length)
  out.set(bytes.subarray(0, at))
  out.write(text, at, 'utf8')
  out.set(bytes.subarray(at), at + length)
  return out
}
