import type { Field, FieldType, Message, Scalar } from '../schema/message.ts'
import { readChoice } from './choice.ts'
import { isVarint, type Member, membersOf, tagOf } from './members.ts'
import { ProtobufError, Reader } from './reader.ts'
import * as special from './special-types.ts'

export type Decoded = Record<string, unknown>
/** Reads members up to the reader's limit into `into`. */
type Read = (r: Reader, into: Decoded) => void
type ReadValue = (r: Reader) => unknown

/** Reads a value inside a message of its own. */
const nested =
  (read: ReadValue): ReadValue =>
  r => {
    const outer = r.enter()
    const value = read(r)
    r.limit = outer
    return value
  }

/** What generated code may call. */
const runtime = {
  map(r: Reader, into: Decoded, valueTag: number, value: ReadValue, missing: ReadValue): void {
    const outer = r.enter()
    let key = ''
    let found: unknown
    let has = false
    while (r.pos < r.limit) {
      const tag = r.tag()
      if (tag === 10) key = r.string()
      else if (tag === valueTag) {
        found = value(r)
        has = true
      } else r.skip(tag)
    }
    r.limit = outer
    if (!has) found = missing(r)
    if (found === undefined || found === null) r.doubtful = true
    // a legal key that assignment would lose
    if (key === '__proto__')
      Object.defineProperty(into, key, { value: found, enumerable: true, configurable: true, writable: true })
    else into[key] = found
  },
  /** A list inside a map, or one with a name: upstream wraps it in a message with one field. */
  wrapped(r: Reader, itemTag: number, item: ReadValue): unknown[] {
    const outer = r.enter()
    const list: unknown[] = []
    while (r.pos < r.limit) {
      const tag = r.tag()
      if (tag === itemTag) {
        const value = item(r)
        if (value === undefined || value === null) r.doubtful = true
        list.push(value)
      } else r.skip(tag)
    }
    r.limit = outer
    return list
  },
  packed(r: Reader, into: unknown[], item: ReadValue): void {
    const outer = r.enter()
    while (r.pos < r.limit) into.push(item(r))
    r.limit = outer
  },
  isEmpty(value: Decoded): boolean {
    for (const _ in value) return false
    return true
  },
  other(r: Reader, tag: number, known: ReadonlyMap<number, string>): void {
    const name = known.get(Math.floor(tag / 8))
    if (name !== undefined) throw new ProtobufError(`proto: wrong wireType = ${tag & 7} for field ${name}`)
    r.skip(tag)
  },
  ...special,
  readChoice,
}

/** The reader's own methods. */
const plain: Readonly<Partial<Record<Scalar, string>>> = {
  string: 'string',
  bytes: 'base64',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
}

const readers: Readonly<Record<Scalar, ReadValue>> = {
  string: r => r.string(),
  bytes: r => r.base64(),
  bool: r => r.bool(),
  int32: r => r.int32(),
  int64: r => r.int64(),
  float64: r => r.float64(),
  Quantity: nested(special.readQuantity),
  IntOrString: nested(special.readIntOrString),
  Time: nested(special.readTime),
  MicroTime: nested(special.readMicroTime),
  Duration: nested(special.readDuration),
  FieldsV1: nested(special.readRaw),
  RawExtension: nested(special.readRaw),
  JSON: nested(special.readRaw),
}

const zero: Readonly<Partial<Record<Scalar, unknown>>> = {
  string: '',
  bytes: '',
  bool: false,
  int32: 0,
  int64: 0,
  float64: 0,
  Quantity: '0',
  IntOrString: 0,
  Duration: '0s',
}

interface Code {
  readonly constants: unknown[]
  readonly get: (name: string) => Read
}

export interface DecodedProtobuf {
  readonly value: Decoded
  /** The schema's check would find nothing: types are right by how they are read, and what else it looks at was looked at. */
  readonly sound: boolean
}

/**
 * Compiles protobuf decoders on demand: the object that JSON would have given. Zero values of what is no pointer are left
 * out where JSON leaves them out; unknown fields are passed over. Members are added to `into`.
 */
export function protobufDecoders(
  message: (name: string) => Message,
): (name: string) => (bytes: Uint8Array, into?: Decoded) => DecodedProtobuf {
  const made = new Map<string, Read>()
  const get = (name: string): Read => {
    const known = made.get(name)
    if (known !== undefined) return known
    const late: Read = (r, into) => (made.get(name) ?? late)(r, into)
    made.set(name, late)
    try {
      const read = compile(message(name), get)
      made.set(name, read)
      return read
    } catch (error) {
      made.delete(name)
      throw error
    }
  }
  return name => {
    const read = get(name)
    return (bytes, into = {}) => {
      const reader = new Reader(bytes)
      read(reader, into)
      return { value: into, sound: !reader.doubtful }
    }
  }
}

function compile(shape: Message, get: Code['get']): Read {
  const members = membersOf(shape)
  const names = new Map(members.map(m => [m.number, m.inlined?.split('.').at(-1) ?? m.field?.name ?? '']))
  const code: Code = { constants: [names], get }
  const cases = members.map(member => memberCode(member, code)).join('\n')
  // Generated from our own tables: names only ever enter as JSON texts. By the number alone a switch is a table; what has another wire type falls out of it.
  const body = `let v,e;while(r.pos<r.limit){const t=r.tag();switch(t>>>3){\n${cases}\n}s.other(r,t,c[0]);}`
  return new Function('s', 'c', `return function(r,o){${body}}`)(runtime, code.constants) as Read
}

function memberCode(member: Member, code: Code): string {
  const { number } = member
  if (member.inlined === undefined) return `case ${number}:${fieldCode(member.field, code)}break;`
  return `case ${number}:${when(number * 8 + 2, `e=r.enter();${constant(code.get(member.inlined), code)}(r,o);r.limit=e;`)}break;`
}

const when = (tag: number, read: string) => `if(t===${tag}){${read}continue}`

function fieldCode(field: Field, code: Code): string {
  const { type, number } = field
  const place = `o[${JSON.stringify(field.name)}]`
  const tag = tagOf(number, type)
  switch (type.of) {
    case 'message': {
      const read = constant(code.get(type.name), code)
      // found, and left out where nothing is in it
      const made =
        field.omitZero && !field.pointer ? `${read}(r,v={});if(!s.isEmpty(v))${place}=v;` : `${read}(r,${place}={});`
      return when(tag, `e=r.enter();v=${place};if(v===undefined){${made}}else ${read}(r,v);r.limit=e;`)
    }
    case 'choice':
      return when(tag, `${place}=${constant(valueReader(type, code), code)}(r);`)
    case 'list': {
      if (field.extras.wrapped) return when(number * 8 + 2, `${place}=${constant(valueReader(type, code), code)}(r);`)
      const item = type.item
      const read =
        item.of === 'message'
          ? `e=r.enter();${constant(code.get(item.name), code)}(r,v={});r.limit=e;`
          : `v=${valueCode(item, code)};if(v==null)r.doubtful=true;`
      // most lists have one item, for which `push` would make room for many
      const one = when(tagOf(number, item), `${read}e=${place};if(e===undefined)${place}=[v];else e.push(v);`)
      if (!isVarint(item)) return one
      return one + when(number * 8 + 2, `s.packed(r,${place}??=[],${constant(valueReader(item, code), code)});`)
    }
    case 'map': {
      const item = constant(valueReader(type.item, code), code)
      return when(tag, `s.map(r,${place}??={},${tagOf(2, type.item)},${item},${constant(missing(type.item), code)});`)
    }
    case 'scalar':
      return when(tag, `v=${valueCode(type, code)};${keepCode(field, type.scalar, place)}`)
  }
}

/** Zero values appear where JSON has them: in pointers, and in fields that are not left out when empty. */
function keepCode(field: Field, scalar: Scalar, place: string): string {
  if (plain[scalar] === undefined) return `if(v!==undefined)${place}=v;`
  return field.pointer || !field.omitEmpty ? `${place}=v;` : `if(v!==${JSON.stringify(zero[scalar])})${place}=v;`
}

/** An expression that reads one value. */
function valueCode(type: FieldType, code: Code): string {
  const method = type.of === 'scalar' ? plain[type.scalar] : undefined
  return method === undefined ? `${constant(valueReader(type, code), code)}(r)` : `r.${method}()`
}

/** The same as a function, made once. */
function valueReader(type: FieldType, code: Code): ReadValue {
  switch (type.of) {
    case 'message': {
      const read = code.get(type.name)
      return nested(r => {
        const value: Decoded = {}
        read(r, value)
        return value
      })
    }
    case 'choice': {
      const read = code.get(type.name)
      return nested(r => readChoice(r, type.instead, read))
    }
    case 'list': {
      const [tag, item] = [tagOf(1, type.item), valueReader(type.item, code)]
      return r => runtime.wrapped(r, tag, item)
    }
    case 'map':
      throw new Error('protobuf has no maps inside lists or maps')
    case 'scalar':
      return readers[type.scalar]
  }
}

const noMembers: ReadValue = () => ({})
const noItems: ReadValue = () => []

/** What stands in a map where the entry has a key only. */
function missing(type: FieldType): ReadValue {
  if (type.of === 'message' || type.of === 'choice') return noMembers
  if (type.of !== 'scalar') return noItems
  const value = zero[type.scalar] ?? null
  return () => value
}

function constant(value: unknown, code: Code): string {
  let at = code.constants.indexOf(value)
  if (at < 0) at = code.constants.push(value) - 1
  return `c[${at}]`
}
