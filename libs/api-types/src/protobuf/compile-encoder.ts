import { sortShort } from '@kubets/apimachinery'
import type { Field, FieldType, Message, Scalar } from '../schema/message.ts'
import { writeChoice } from './choice.ts'
import { envelopeTail, writeEnvelopeHead } from './envelope.ts'
import { type Member, membersOf, tagOf } from './members.ts'
import * as special from './special-types.ts'
import { reserve, Writer } from './writer.ts'

/** Writes a value in front of a place and gives its own. */
type Write = (value: unknown, at: number) => number

/** Encoding never waits, so one writer serves all. */
const writer = new Writer()

/** What generated code may call. All write the last thing first: see {@link Writer}. */
const runtime = {
  keys(values: Record<string, unknown>): string[] {
    const keys = Object.keys(values)
    return keys.length > 1 ? sortShort(keys, inOrder) : keys
  },
  ...special,
  writeChoice,
}

const inOrder = (a: string, b: string) => (a < b ? -1 : 1)

/** How the plain scalars are written; `v` is not null. */
const plain: Readonly<Partial<Record<Scalar, string>>> = {
  string: 'string',
  bytes: 'base64',
  bool: 'bool',
  int32: 'integer',
  int64: 'integer',
  float64: 'float64',
}

/** Those that are messages. */
const messages: Readonly<Partial<Record<Scalar, keyof typeof special>>> = {
  Quantity: 'writeQuantity',
  IntOrString: 'writeIntOrString',
  Time: 'writeTime',
  MicroTime: 'writeMicroTime',
  Duration: 'writeDuration',
  FieldsV1: 'writeRaw',
  RawExtension: 'writeRaw',
  JSON: 'writeRaw',
}

const zero: Readonly<Partial<Record<Scalar, string>>> = {
  string: '""',
  bool: 'false',
  int32: '0',
  int64: '0',
  float64: '0',
}

interface Code {
  readonly constants: Write[]
  readonly get: (name: string) => Write
  /** Names given to variables so far. */
  names: number
}

export interface ProtobufEncoder {
  (value: unknown): Buffer
  /** The message in its envelope, in memory of its own unless `memory` gives some. */
  sealed(value: unknown, apiVersion: string, kind: string, memory?: (length: number) => Buffer): Buffer
}

/**
 * Compiles protobuf encoders on demand. Bytes are those that upstream's generated code writes: fields by number, maps sorted,
 * scalars that are no pointers always there. Values must have passed the check.
 */
export function protobufEncoders(message: (name: string) => Message): (name: string) => ProtobufEncoder {
  const made = new Map<string, Write>()
  const get = (name: string): Write => {
    const known = made.get(name)
    if (known !== undefined) return known
    // Messages may contain themselves: this entry ends the recursion.
    const late: Write = (value, at) => (made.get(name) ?? late)(value, at)
    made.set(name, late)
    try {
      const write = compile(message(name), get)
      made.set(name, write)
      return write
    } catch (error) {
      made.delete(name)
      throw error
    }
  }
  return name => {
    const write = get(name)
    const encode = (value: unknown): Buffer => writer.take(write(value, writer.end))
    const sealed: ProtobufEncoder['sealed'] = (value, apiVersion, kind, memory) => {
      const tail = writer.raw(writer.end, envelopeTail)
      const before = writer.end - tail
      const message = write(value, tail)
      return writer.take(writeEnvelopeHead(writer, message, apiVersion, kind, writer.end - message - before), memory)
    }
    return Object.assign(encode, { sealed })
  }
}

function compile(shape: Message, get: Code['get']): Write {
  const code: Code = { constants: [], get, names: 0 }
  const lines = membersOf(shape)
    .toReversed()
    .map(member => memberCode(member, code))
  // Generated from our own tables: names only ever enter as JSON texts.
  const build = new Function(
    's',
    'c',
    'w',
    `return function(o,p){if(p<${reserve})p=w.grow(p);let v;\n${lines.join('\n')}\nreturn p}`,
  )
  return build(runtime, code.constants, writer) as Write
}

function memberCode(member: Member, code: Code): string {
  if (member.inlined === undefined) return fieldCode(member.field, code)
  return delimited(`p=${constant(code.get(member.inlined), code)}(o,p);`, member.number * 8 + 2, code)
}

function fieldCode(field: Field, code: Code): string {
  const { type, number, pointer } = field
  const read = `v=o[${JSON.stringify(field.name)}];`
  if (field.extras.wrapped) return read + itemCode(type, number, 'v', code)
  const write = valueCode(type, number, 'v', code)
  if (pointer || type.of === 'list' || type.of === 'map') return `${read}if(v!=null){${write}}`
  return read + elseZero(type, number, 'v', write)
}

/** Writes `v`, or the zero value where it is null. */
function elseZero(type: FieldType, number: number, v: string, write: string): string {
  if (type.of !== 'scalar') return `if(${v}==null)${v}={};${write}`
  if (type.scalar === 'bytes') return `if(${v}!=null){${write}}`
  const missing = zero[type.scalar]
  if (missing === undefined) return write
  if (type.scalar === 'float64') return `if(${v}==null)${v}=${missing};${write}`
  // what is false is null or the zero value
  return `if(${v}){${write}}else{${zeroCode(tagOf(number, type))}}`
}

/** A tag, and a length or a number of 0 behind it: there is room for those of all fields. */
function zeroCode(tag: number): string {
  const bytes = [0]
  let rest = tag
  const varint: number[] = []
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) varint.push((rest % 0x80) | 0x80)
  varint.push(rest)
  bytes.push(...varint.toReversed())
  return bytes.map(byte => `w.bytes[--p]=${byte};`).join('')
}

/** What `write` writes, as a message of its own. */
function delimited(write: string, tag: number, code: Code): string {
  const before = `b${code.names++}`
  return `const ${before}=w.end-p;${write}p=w.delimit(p,${before},${tag});`
}

/** Writes `v` with its tag. Null reaches only the types that are messages. */
function valueCode(type: FieldType, number: number, v: string, code: Code): string {
  const tag = tagOf(number, type)
  switch (type.of) {
    case 'message':
      return delimited(`p=${constant(code.get(type.name), code)}(${v},p);`, tag, code)
    case 'choice':
      return delimited(
        `p=s.writeChoice(w,p,${v},${JSON.stringify(type.instead)},${constant(code.get(type.name), code)});`,
        tag,
        code,
      )
    case 'list': {
      const [i, item] = [`i${code.names++}`, `x${code.names++}`]
      return `for(let ${i}=${v}.length-1;${i}>=0;${i}--){let ${item}=${v}[${i}];${itemCode(type.item, number, item, code)}}`
    }
    case 'map': {
      const [keys, i, item] = [`k${code.names++}`, `i${code.names++}`, `x${code.names++}`]
      const entry = `let ${item}=${v}[${keys}[${i}]];${itemCode(type.item, 2, item, code)}p=w.string(p,${keys}[${i}],10);`
      return `const ${keys}=s.keys(${v});for(let ${i}=${keys}.length-1;${i}>=0;${i}--){${delimited(entry, tag, code)}}`
    }
    case 'scalar': {
      const method = plain[type.scalar]
      if (method === 'float64') return `p=w.float64(p,Number(${v}),${tag});`
      if (method !== undefined) return `p=w.${method}(p,${v},${tag});`
      return delimited(`p=s.${messages[type.scalar]}(w,p,${v});`, tag, code)
    }
  }
}

/** Writes an item of a list or a value of a map; null becomes the zero value, as it does in Go. */
function itemCode(type: FieldType, number: number, v: string, code: Code): string {
  if (type.of !== 'list') return elseZero(type, number, v, valueCode(type, number, v, code))
  // protobuf has no lists in maps, and named lists are messages: upstream wraps them in one with one field
  return `if(${v}!=null){${delimited(valueCode(type, 1, v, code), number * 8 + 2, code)}}`
}

function constant(write: Write, code: Code): string {
  let at = code.constants.indexOf(write)
  if (at < 0) at = code.constants.push(write) - 1
  return `c[${at}]`
}
