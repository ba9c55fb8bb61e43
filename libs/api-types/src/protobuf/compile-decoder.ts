import type { Field, FieldType, Message, Scalar } from '../schema/message.ts'
import { readChoice } from './choice.ts'
import { isVarint, type Member, membersOf, tagOf } from './members.ts'
import { ProtobufError, Reader } from './reader.ts'
import * as special from './special-types.ts'

export type Decoded = Record<string, unknown>
/** Reads members up to the reader's limit into `into`. */
type Read = (r: Reader, into: Decoded) => void
type ReadValue = (r: Reader) => unknown

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
      if (tag === itemTag) list.push(item(r))
      else r.skip(tag)
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

const plain: Readonly<Partial<Record<Scalar, string>>> = {
  string: 'string',
  bytes: 'base64',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
}

const messages: Readonly<Partial<Record<Scalar, keyof typeof special>>> = {
  Quantity: 'readQuantity',
  IntOrString: 'readIntOrString',
  Time: 'readTime',
  MicroTime: 'readMicroTime',
  Duration: 'readDuration',
  FieldsV1: 'readRaw',
  RawExtension: 'readRaw',
  JSON: 'readRaw',
}

const zero: Readonly<Partial<Record<Scalar, string>>> = {
  string: '""',
  bytes: '""',
  bool: 'false',
  int32: '0',
  int64: '0',
  float64: '0',
  Quantity: '"0"',
  IntOrString: '0',
  Duration: '"0s"',
}

interface Code {
  readonly constants: unknown[]
  readonly get: (name: string) => Read
}

/**
 * Compiles protobuf decoders on demand: the object that JSON would have given. Zero values of what is no pointer are left
 * out where JSON leaves them out; unknown fields are passed over.
 */
export function protobufDecoders(message: (name: string) => Message): (name: string) => (bytes: Uint8Array) => Decoded {
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
    return bytes => {
      const object: Decoded = {}
      read(new Reader(bytes), object)
      return object
    }
  }
}

function compile(shape: Message, get: Code['get']): Read {
  const members = membersOf(shape)
  const names = new Map(members.map(m => [m.number, m.inlined?.split('.').at(-1) ?? m.field?.name ?? '']))
  const code: Code = { constants: [names], get }
  const cases = members.map(member => memberCode(member, code)).join('\n')
  // Generated from our own tables: names only ever enter as JSON texts.
  const body = `let v,e;while(r.pos<r.limit){const t=r.tag();switch(t){\n${cases}\ndefault:s.other(r,t,c[0]);}}`
  return new Function('s', 'c', `return function(r,o){${body}}`)(runtime, code.constants) as Read
}

function memberCode(member: Member, code: Code): string {
  if (member.inlined !== undefined)
    return `case ${member.number * 8 + 2}:e=r.enter();${constant(code.get(member.inlined), code)}(r,o);r.limit=e;break;`
  return fieldCode(member.field, code)
}

function fieldCode(field: Field, code: Code): string {
  const { type, number } = field
  const place = `o[${JSON.stringify(field.name)}]`
  const label = `case ${tagOf(number, type)}:`
  switch (type.of) {
    case 'message': {
      const read = constant(code.get(type.name), code)
      const drop = field.omitZero && !field.pointer ? `if(s.isEmpty(${place}))delete ${place};` : ''
      return `${label}e=r.enter();${read}(r,${place}??={});r.limit=e;${drop}break;`
    }
    case 'choice':
      return `${label}${place}=${valueCode(type, code)};break;`
    case 'list': {
      if (field.extras.wrapped) return `case ${number * 8 + 2}:${place}=${valueCode(type, code)};break;`
      const item = valueCode(type.item, code)
      const one = `case ${tagOf(number, type.item)}:(${place}??=[]).push(${item});break;`
      if (!isVarint(type.item)) return one
      return `${one}\ncase ${number * 8 + 2}:s.packed(r,${place}??=[],r=>${item});break;`
    }
    case 'map': {
      const missing =
        type.item.of === 'message' || type.item.of === 'choice'
          ? '({})'
          : type.item.of === 'scalar'
            ? zero[type.item.scalar]
            : '[]'
      return `${label}s.map(r,${place}??={},${tagOf(2, type.item)},r=>${valueCode(type.item, code)},()=>${missing ?? 'null'});break;`
    }
    case 'scalar':
      return `${label}v=${valueCode(type, code)};${keepCode(field, type.scalar, place)}break;`
  }
}

/** Zero values appear where JSON has them: in pointers, and in fields that are not left out when empty. */
function keepCode(field: Field, scalar: Scalar, place: string): string {
  if (plain[scalar] === undefined) return `if(v!==undefined)${place}=v;`
  return field.pointer || !field.omitEmpty ? `${place}=v;` : `if(v!==${zero[scalar]})${place}=v;`
}

/** An expression that reads one value. */
function valueCode(type: FieldType, code: Code): string {
  switch (type.of) {
    case 'message':
      return `(()=>{const v={},e=r.enter();${constant(code.get(type.name), code)}(r,v);r.limit=e;return v})()`
    case 'choice':
      return `(()=>{const e=r.enter(),v=s.readChoice(r,${JSON.stringify(type.instead)},${constant(code.get(type.name), code)});r.limit=e;return v})()`
    case 'list':
      return `s.wrapped(r,${tagOf(1, type.item)},r=>${valueCode(type.item, code)})`
    case 'map':
      throw new Error('protobuf has no maps inside lists or maps')
    case 'scalar': {
      const method = plain[type.scalar]
      if (method !== undefined) return `r.${method}()`
      return `(()=>{const e=r.enter(),v=s.${messages[type.scalar]}(r);r.limit=e;return v})()`
    }
  }
}

function constant(value: unknown, code: Code): string {
  let at = code.constants.indexOf(value)
  if (at < 0) at = code.constants.push(value) - 1
  return `c[${at}]`
}
