import { encodeJson, fieldsV1Text, JsonText, sortShort } from '@kubets/apimachinery'
import { JsonWriter, reserve } from './json-writer.ts'
import { type Field, type FieldType, type Message, type Scalar, splitName } from './message.ts'
import { canonicalMicroTime, canonicalTime, quantityText } from './scalars.ts'

/** Canonical JSON of a value, in UTF-8. Valid until the next value is encoded. */
export type Encode = (value: unknown) => Uint8Array

/** Writes a value at a position and gives the next one. */
type Write = (value: unknown, at: number) => number

/** Values are encoded one at a time, each in one turn: one memory serves them all. */
const writer = new JsonWriter()

const comma = 0x2c
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const inOrder = (a: string, b: string) => (a < b ? -1 : 1)

/** What generated code may call. */
const runtime = {
  JsonText,
  text: (value: unknown, at: number) => writer.text(at, value),
  raw: (value: unknown, at: number) => writer.raw(at, value === undefined ? 'null' : encodeJson(value)),
  json: (json: string | Uint8Array, at: number) =>
    typeof json === 'string' ? writer.raw(at, json) : writer.copy(at, json),
  fieldsV1: (value: unknown, at: number) => writer.raw(at, fieldsV1Text(value)),
  quantity: (value: unknown, at: number) => writer.text(at, quantityText(value as string)),
  time: (value: unknown, at: number) => writer.text(at, canonicalTime(value as string)),
  microTime: (value: unknown, at: number) => writer.text(at, canonicalMicroTime(value as string)),
  number(value: unknown, at: number): number {
    if (typeof value !== 'number' || value < 0 || value > 9 || !Number.isInteger(value) || at > writer.limit)
      return writer.raw(at, String(value))
    writer.bytes[at] = 0x30 + value
    return at + 1
  },
  any: (value: unknown, at: number) => writer.raw(at, encodeJson(value)),
  map(value: Record<string, unknown>, at: number, item: Write): number {
    const keys = Object.keys(value)
    if (keys.length === 0) return writer.raw(at, '{}')
    sortShort(keys, inOrder)
    let end = at
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string
      if (end > writer.limit) writer.grow(end)
      writer.bytes[end] = comma
      end = writer.text(end + 1, key)
      if (end > writer.limit) writer.grow(end)
      writer.bytes[end] = 0x3a
      end = item(value[key], end + 1)
    }
    if (end > writer.limit) writer.grow(end)
    // what stands before the first member is no comma
    writer.bytes[at] = openBrace
    writer.bytes[end] = closeBrace
    return end + 1
  },
  list(value: readonly unknown[], at: number, item: Write): number {
    if (value.length === 0) return writer.raw(at, '[]')
    let end = at
    for (let i = 0; i < value.length; i++) {
      if (end > writer.limit) writer.grow(end)
      writer.bytes[end] = comma
      end = item(value[i], end + 1)
    }
    if (end > writer.limit) writer.grow(end)
    writer.bytes[at] = openBracket
    writer.bytes[end] = closeBracket
    return end + 1
  },
  /** A schema, or what stands instead of it. */
  choice(value: unknown, at: number, schema: Write): number {
    if (!Array.isArray(value))
      return typeof value === 'object' && value !== null ? schema(value, at) : writer.raw(at, encodeJson(value))
    return runtime.list(value, at, (item, place) =>
      typeof item === 'string' ? writer.text(place, item) : schema(item ?? {}, place),
    )
  },
}

const call = (name: string) => (value: string) => `p=r.${name}(${value},p);`

const scalarCode: Readonly<Record<Scalar, (value: string) => string>> = {
  string: call('text'),
  bytes: call('text'),
  Duration: call('text'),
  bool: value => `if(${value}){${constantCode('true')}}else{${constantCode('false')}}`,
  int32: call('number'),
  int64: call('number'),
  float64: call('number'),
  IntOrString: call('any'),
  Quantity: call('quantity'),
  Time: call('time'),
  MicroTime: call('microTime'),
  FieldsV1: call('fieldsV1'),
  RawExtension: call('raw'),
  JSON: call('raw'),
}

/** Writes a constant of ASCII, four bytes at a time; what is too much at its end is written over by what follows. */
function constantCode(text: string): string {
  const bytes = Buffer.alloc(text.length + 4)
  bytes.write(text, 'latin1')
  let code = ''
  for (let i = 0; i < text.length; i += 4) code += `w.view.setUint32(p+${i},${bytes.readUInt32LE(i)},true);`
  return `${code}p+=${text.length};`
}

/** The text of a null inside a list or a map. */
const zeroText: Readonly<Record<string, string>> = { string: '""', bool: 'false', int32: '0', int64: '0', float64: '0' }

/**
 * Compiles encoders on demand: JSON with fields in upstream's order, maps sorted, empty things left out as upstream
 * leaves them out, unknown fields dropped. Values must have passed the check. A message may be a {@link JsonText}.
 */
export function encoders(message: (name: string) => Message): (name: string) => Encode {
  const made = new Map<string, Write>()
  const get = (name: string): Write => {
    const known = made.get(name)
    if (known !== undefined) return known
    // Messages may contain themselves (JSONSchemaProps): this entry ends the recursion.
    const late: Write = (value, at) => (made.get(name) ?? late)(value, at)
    made.set(name, late)
    const write = compile(message(name), message, get)
    made.set(name, write)
    return write
  }
  return name => {
    const write = get(name)
    return value => writer.written(write(value, 0))
  }
}

/**
 * Upstream stores its own kinds in protobuf, in which an empty list is none: what comes back is null where the list is always
 * written. These packages are only answered or stored as JSON.
 */
const keepEmptyLists: ReadonlySet<string> = new Set([
  'apiextensions',
  'apidiscovery',
  'authentication',
  'authorization',
  'meta',
])

interface Code {
  readonly keepsEmptyLists: boolean
  readonly constants: Write[]
  readonly get: (name: string) => Write
  readonly message: (name: string) => Message
}

function compile(shape: Message, message: Code['message'], get: Code['get']): Write {
  const [packageName, plain] = splitName(shape.name)
  // a list of objects is an answer, not an object
  const keepsEmptyLists = plain.endsWith('List') || keepEmptyLists.has(packageName.split('.').at(-2) ?? '')
  const code: Code = { constants: [], get, message, keepsEmptyLists }
  const lines: string[] = [
    'if(o instanceof r.JsonText)return r.json(o.json,p);',
    'if(p>w.limit)w.grow(p);const s=p;let v;',
  ]
  if (shape.hasKind)
    for (const name of ['kind', 'apiVersion'])
      lines.push(`v=o.${name};if(v){${keyCode(name)}${scalarCode.string('v')}}`)
  let constants = 0
  for (const field of shape.fields) {
    // several times what constants can be between two values, which look for room themselves
    constants += field.name.length + 16
    if (constants > reserve / 4) {
      lines.push('if(p>w.limit)w.grow(p);')
      constants = 0
    }
    lines.push(fieldCode(field, code))
  }
  // what stands before the first member is no comma
  lines.push('if(p>w.limit)w.grow(p);')
  lines.push(`if(p===s)w.bytes[p++]=${openBrace};else w.bytes[s]=${openBrace};w.bytes[p]=${closeBrace};return p+1;`)
  // Generated from our own tables (and, later, from schemas that passed validation): names only ever enter as JSON texts.
  const build = new Function('r', 'c', 'w', `return function(o,p){${lines.join('\n')}}`)
  return build(runtime, code.constants, writer) as Write
}

/** `,"name":` */
function keyCode(name: string): string {
  const key = `,${JSON.stringify(name)}:`
  return /^[ -~]*$/.test(key) ? constantCode(key) : `p=r.json(${JSON.stringify(key)},p);`
}

function fieldCode(field: Field, code: Code): string {
  const read = `v=o[${JSON.stringify(field.name)}];`
  const write = `{${keyCode(field.name)}${valueCode(field.type, 'v', code)}}`
  const { type } = field
  if (field.pointer) {
    return field.omitEmpty
      ? `${read}if(v!=null)${write}`
      : `${read}if(v!=null)${write}else ${nullCode(field.name, 'null')}`
  }
  if (type.of === 'message' || type.of === 'choice') {
    if (field.omitZero) return `${read}if(v!=null)${write}`
    return `${read}if(v==null)v={};${write}`
  }
  if (type.of === 'list') {
    if (field.omitEmpty) return `${read}if(v!=null&&v.length>0)${write}`
    const filled = code.keepsEmptyLists ? 'v!=null' : 'v!=null&&v.length>0'
    return `${read}if(${filled})${write}else ${nullCode(field.name, 'null')}`
  }
  if (type.of === 'map') {
    if (!field.omitEmpty) return `${read}if(v!=null)${write}else ${nullCode(field.name, 'null')}`
    return `${read}if(v!=null){for(const k in v){${write}break;}}`
  }
  return scalarFieldCode(field, type.scalar, read, write)
}

const nullCode = (name: string, text: string) => `{${keyCode(name)}${constantCode(text)}}`

function scalarFieldCode(field: Field, scalar: Scalar, read: string, write: string): string {
  const zero: Readonly<Partial<Record<Scalar, string>>> = {
    string: 'v!==""',
    bytes: 'v!==""',
    bool: 'v!==false',
    int32: 'v!==0',
    int64: 'v!==0',
    float64: 'v!==0',
  }
  const test = zero[scalar]
  if (test === undefined) {
    // Structs of their own (times, quantities, raw values): a zero one is written unless `omitzero` says otherwise.
    const text = scalar === 'Quantity' || scalar === 'Duration' ? '"0"' : scalar === 'IntOrString' ? '0' : 'null'
    const missing = scalar === 'Duration' ? '"0s"' : text
    return field.omitZero
      ? `${read}if(v!=null)${write}`
      : `${read}if(v!=null)${write}else ${nullCode(field.name, missing)}`
  }
  if (field.omitEmpty) return `${read}if(v!=null&&${test})${write}`
  const missing = scalar === 'bytes' ? 'null' : (zeroText[scalar] ?? 'null')
  return `${read}if(v!=null)${write}else ${nullCode(field.name, missing)}`
}

/** Writes `value` at `p`. */
function valueCode(type: FieldType, value: string, code: Code): string {
  if (type.of === 'scalar') return scalarCode[type.scalar](value)
  if (type.of === 'message') return `p=${constant(code.get(type.name), code)}(${value},p);`
  if (type.of === 'choice') return `p=r.choice(${value},p,${constant(code.get(type.name), code)});`
  const item = itemCode(type.item, code)
  return type.of === 'list' ? `p=r.list(${value},p,${item});` : `p=r.map(${value},p,${item});`
}

function constant(write: Write, code: Code): string {
  let at = code.constants.indexOf(write)
  if (at < 0) at = code.constants.push(write) - 1
  return `c[${at}]`
}

/** A function for the items of a list or map; null becomes the zero value, as it does in Go. */
function itemCode(type: FieldType, code: Code): string {
  if (type.of === 'message') {
    const write = constant(code.get(type.name), code)
    return `((v,p)=>${write}(v??{},p))`
  }
  if (type.of === 'choice') return `((v,p)=>{${valueCode(type, 'v', code)}return p})`
  const zero = type.of === 'scalar' ? (zeroText[type.scalar] ?? 'null') : 'null'
  return `((v,p)=>{if(v==null){${constantCode(zero)}}else{${valueCode(type, 'v', code)}}return p})`
}
