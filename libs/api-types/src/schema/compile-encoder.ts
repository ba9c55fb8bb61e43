import { encodeJson, fieldsV1Text, JsonText } from '@kubets/apimachinery'
import { type Field, type FieldType, type Message, type Scalar, splitName } from './message.ts'
import { quote } from './quote.ts'
import { encodeMicroTime, encodeQuantity, encodeTime } from './scalars.ts'

export type Encode = (value: unknown) => string

/** What generated code may call. */
const runtime = {
  JsonText,
  quote,
  raw: (value: unknown) => (value === undefined ? 'null' : encodeJson(value)),
  fieldsV1: fieldsV1Text,
  quantity: encodeQuantity,
  time: encodeTime,
  microTime: encodeMicroTime,
  map(value: Record<string, unknown>, item: Encode): string {
    const keys = Object.keys(value)
    if (keys.length > 1) keys.sort()
    let text = '{'
    for (const key of keys) text += `${text.length > 1 ? ',' : ''}${quote(key)}:${item(value[key])}`
    return `${text}}`
  },
  list(value: readonly unknown[], item: Encode): string {
    let text = '['
    for (let i = 0; i < value.length; i++) text += (i > 0 ? ',' : '') + item(value[i])
    return `${text}]`
  },
  /** A schema, or what stands instead of it. */
  choice(value: unknown, schema: Encode): string {
    if (!Array.isArray(value)) return typeof value === 'object' && value !== null ? schema(value) : encodeJson(value)
    return runtime.list(value, item => (typeof item === 'string' ? quote(item) : schema(item ?? {})))
  },
  number: (value: unknown) => String(value),
  any: (value: unknown) => encodeJson(value),
}

const scalarCode: Readonly<Record<Scalar, (value: string) => string>> = {
  string: value => `r.quote(${value})`,
  bytes: value => `r.quote(${value})`,
  Duration: value => `r.quote(${value})`,
  bool: value => `(${value}?'true':'false')`,
  int32: value => `r.number(${value})`,
  int64: value => `r.number(${value})`,
  float64: value => `r.number(${value})`,
  IntOrString: value => `r.any(${value})`,
  Quantity: value => `r.quantity(${value})`,
  Time: value => `r.time(${value})`,
  MicroTime: value => `r.microTime(${value})`,
  FieldsV1: value => `r.fieldsV1(${value})`,
  RawExtension: value => `r.raw(${value})`,
  JSON: value => `r.raw(${value})`,
}

/** The text of a null inside a list or a map. */
const zeroText: Readonly<Record<string, string>> = { string: '""', bool: 'false', int32: '0', int64: '0', float64: '0' }

/**
 * Compiles encoders on demand: JSON with fields in upstream's order, maps sorted, empty things left out as upstream
 * leaves them out, unknown fields dropped. Values must have passed the check. A message may be a {@link JsonText}.
 */
export function encoders(message: (name: string) => Message): (name: string) => Encode {
  const made = new Map<string, Encode>()
  const get = (name: string): Encode => {
    const known = made.get(name)
    if (known !== undefined) return known
    // Messages may contain themselves (JSONSchemaProps): this entry ends the recursion.
    const late: Encode = value => (made.get(name) ?? late)(value)
    made.set(name, late)
    const encode = compile(message(name), message, get)
    made.set(name, encode)
    return encode
  }
  return get
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
  readonly constants: Encode[]
  readonly get: (name: string) => Encode
  readonly message: (name: string) => Message
}

function compile(shape: Message, message: Code['message'], get: Code['get']): Encode {
  const [packageName, plain] = splitName(shape.name)
  // a list of objects is an answer, not an object
  const keepsEmptyLists = plain.endsWith('List') || keepEmptyLists.has(packageName.split('.').at(-2) ?? '')
  const code: Code = { constants: [], get, message, keepsEmptyLists }
  const lines: string[] = ['if(o instanceof r.JsonText)return o.text;', 'let s="{",v;']
  if (shape.hasKind) {
    lines.push('if(o.kind)s+=\'"kind":\'+r.quote(o.kind);')
    lines.push('if(o.apiVersion)s+=(s.length>1?\',"apiVersion":\':\'"apiVersion":\')+r.quote(o.apiVersion);')
  }
  for (const field of shape.fields) lines.push(fieldCode(field, code))
  lines.push('return s+"}";')
  // Generated from our own tables (and, later, from schemas that passed validation): names only ever enter as JSON texts.
  const build = new Function('r', 'c', `return function(o){${lines.join('\n')}}`)
  return build(runtime, code.constants) as Encode
}

/** `"name":` behind a comma when something stands before it. */
function keyCode(name: string): string {
  const key = `${JSON.stringify(name)}:`
  return `(s.length>1?${JSON.stringify(`,${key}`)}:${JSON.stringify(key)})`
}

function fieldCode(field: Field, code: Code): string {
  const read = `v=o[${JSON.stringify(field.name)}];`
  const write = `s+=${keyCode(field.name)}+${valueCode(field.type, 'v', code)};`
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

const nullCode = (name: string, text: string) => `s+=${keyCode(name)}+${JSON.stringify(text)};`

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

function valueCode(type: FieldType, value: string, code: Code): string {
  if (type.of === 'scalar') return scalarCode[type.scalar](value)
  if (type.of === 'message') return `${constant(code.get(type.name), code)}(${value})`
  if (type.of === 'choice') return `r.choice(${value},${constant(code.get(type.name), code)})`
  const item = itemCode(type.item, code)
  return type.of === 'list' ? `r.list(${value},${item})` : `r.map(${value},${item})`
}

function constant(encode: Encode, code: Code): string {
  let at = code.constants.indexOf(encode)
  if (at < 0) at = code.constants.push(encode) - 1
  return `c[${at}]`
}

/** A function for the items of a list or map; null becomes the zero value, as it does in Go. */
function itemCode(type: FieldType, code: Code): string {
  if (type.of === 'message') return `(v=>${constant(code.get(type.name), code)}(v??{}))`
  if (type.of === 'choice') return `(v=>${valueCode(type, 'v', code)})`
  if (type.of === 'scalar') {
    const zero = zeroText[type.scalar] ?? 'null'
    return `(v=>v==null?${JSON.stringify(zero)}:${scalarCode[type.scalar]('v')})`
  }
  return `(v=>v==null?"null":${valueCode(type, 'v', code)})`
}
