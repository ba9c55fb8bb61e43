import type { Field, FieldType, Message, Scalar } from '../schema/message.ts'
import { writeChoice } from './choice.ts'
import { envelopeTail, writeEnvelopeHead } from './envelope.ts'
import { type Member, membersOf, tagOf } from './members.ts'
import * as special from './special-types.ts'
import { Writer } from './writer.ts'

type Write = (value: unknown, w: Writer) => void

/** What generated code may call. All write the last thing first: see {@link Writer}. */
const runtime = {
  list(values: readonly unknown[], w: Writer, item: Write): void {
    for (let i = values.length - 1; i >= 0; i--) item(values[i], w)
  },
  map(values: Record<string, unknown>, w: Writer, tag: number, item: Write): void {
    const keys = Object.keys(values)
    if (keys.length > 1) keys.sort()
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] as string
      const before = w.written
      item(values[key], w)
      w.string(key, 10)
      w.delimit(before, tag)
    }
  },
  ...special,
  writeChoice,
}

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
    const late: Write = (value, w) => (made.get(name) ?? late)(value, w)
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
  // encoding never waits, so one writer serves all
  const w = new Writer(16 * 1024)
  return name => {
    const write = get(name)
    const encode = (value: unknown): Buffer => {
      try {
        write(value, w)
        return w.take()
      } catch (error) {
        w.clear()
        throw error
      }
    }
    const sealed: ProtobufEncoder['sealed'] = (value, apiVersion, kind, memory) => {
      try {
        w.raw(envelopeTail)
        const before = w.written
        write(value, w)
        writeEnvelopeHead(w, apiVersion, kind, w.written - before)
        return w.take(memory)
      } catch (error) {
        w.clear()
        throw error
      }
    }
    return Object.assign(encode, { sealed })
  }
}

function compile(shape: Message, get: Code['get']): Write {
  const code: Code = { constants: [], get }
  const lines = membersOf(shape)
    .toReversed()
    .map(member => memberCode(member, code))
  // Generated from our own tables: names only ever enter as JSON texts.
  const build = new Function('s', 'c', `return function(o,w){let v,b;\n${lines.join('\n')}}`)
  return build(runtime, code.constants) as Write
}

function memberCode(member: Member, code: Code): string {
  if (member.inlined !== undefined)
    return `b=w.written;${constant(code.get(member.inlined), code)}(o,w);w.delimit(b,${member.number * 8 + 2});`
  return fieldCode(member.field, code)
}

function fieldCode(field: Field, code: Code): string {
  const { type, number, pointer } = field
  const read = `v=o[${JSON.stringify(field.name)}];`
  if (field.extras.wrapped) return `${read}if(v!=null)${itemCode(type, number, code)}(v,w);`
  const write = valueCode(type, number, code)
  if (pointer || type.of === 'list' || type.of === 'map') return `${read}if(v!=null){${write}}`
  if (type.of === 'message' || type.of === 'choice') return `${read}if(v==null)v={};${write}`
  if (type.scalar === 'bytes') return `${read}if(v!=null){${write}}`
  const missing = zero[type.scalar]
  return missing === undefined ? read + write : `${read}if(v==null)v=${missing};${write}`
}

/** Writes `v` with its tag. Null reaches only the types that are messages. */
function valueCode(type: FieldType, number: number, code: Code): string {
  const tag = tagOf(number, type)
  switch (type.of) {
    case 'message':
      return `b=w.written;${constant(code.get(type.name), code)}(v,w);w.delimit(b,${tag});`
    case 'choice':
      return `b=w.written;s.writeChoice(v,w,${JSON.stringify(type.instead)},${constant(code.get(type.name), code)});w.delimit(b,${tag});`
    case 'list':
      return `s.list(v,w,${itemCode(type.item, number, code)});`
    case 'map':
      return `s.map(v,w,${tag},${itemCode(type.item, 2, code)});`
    case 'scalar': {
      const method = plain[type.scalar]
      if (method === 'float64') return `w.float64(Number(v),${tag});`
      if (method !== undefined) return `w.${method}(v,${tag});`
      return `b=w.written;s.${messages[type.scalar]}(w,v);w.delimit(b,${tag});`
    }
  }
}

/** A function that writes an item of a list or a value of a map; null becomes the zero value, as it does in Go. */
function itemCode(type: FieldType, number: number, code: Code): string {
  if (type.of === 'list') {
    // protobuf has no lists in maps, and named lists are messages: upstream wraps them in one with one field
    const tag = number * 8 + 2
    return `((v,w)=>{if(v==null)return;const b=w.written;s.list(v,w,${itemCode(type.item, 1, code)});w.delimit(b,${tag});})`
  }
  const write = valueCode(type, number, code)
  if (type.of === 'message' || type.of === 'choice') return `((v,w)=>{let b;if(v==null)v={};${write}})`
  if (type.of === 'scalar' && type.scalar === 'bytes') return `((v,w)=>{if(v!=null){${write}}})`
  const missing = type.of === 'scalar' ? zero[type.scalar] : undefined
  return `((v,w)=>{let b;${missing === undefined ? '' : `if(v==null)v=${missing};`}${write}})`
}

function constant(write: Write, code: Code): string {
  let at = code.constants.indexOf(write)
  if (at < 0) at = code.constants.push(write) - 1
  return `c[${at}]`
}
