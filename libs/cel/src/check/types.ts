/** A type of CEL. Types are values: two with the same text are the same type. */
export interface Type {
  readonly kind: TypeKind
  /** As `type(x)` shows it: `int`, `list`, `google.protobuf.Timestamp`, `optional_type`, `kubernetes.URL`. */
  readonly name: string
  readonly parameters: readonly Type[]
}

export type TypeKind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  /** A type that only its functions know: `net.IP`, and optionals. */
  | 'opaque'
  /** A variable of an overload, or one that the checker made. */
  | 'parameter'
  | 'string'
  /** Has fields. */
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'uint'

const simple = (kind: TypeKind, name: string = kind): Type => ({ kind, name, parameters: [] })

export const anyType = simple('any', 'google.protobuf.Any')
export const boolType = simple('bool')
export const bytesType = simple('bytes')
export const doubleType = simple('double')
export const durationType = simple('duration', 'google.protobuf.Duration')
export const dynType = simple('dyn')
export const errorType = simple('error')
export const intType = simple('int')
export const nullType = simple('null', 'null_type')
export const stringType = simple('string')
export const timestampType = simple('timestamp', 'google.protobuf.Timestamp')
export const typeType = simple('type')
export const uintType = simple('uint')

export const listType = (element: Type): Type => ({ kind: 'list', name: 'list', parameters: [element] })
export const mapType = (key: Type, value: Type): Type => ({ kind: 'map', name: 'map', parameters: [key, value] })
export const parameterType = (name: string): Type => simple('parameter', name)
export const opaqueType = (name: string, ...parameters: Type[]): Type => ({ kind: 'opaque', name, parameters })
export const optionalType = (of: Type): Type => opaqueType('optional_type', of)
export const structType = (name: string): Type => simple('struct', name)
export const typeOf = (of: Type): Type => ({ kind: 'type', name: 'type', parameters: [of] })

export function sameType(a: Type, b: Type): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.name === b.name &&
      a.parameters.length === b.parameters.length &&
      a.parameters.every((each, index) => sameType(each, b.parameters[index] as Type)))
  )
}

/** Types as error messages name them. */
export function displayType(type: Type): string {
  switch (type.kind) {
    case 'any':
      return 'any'
    case 'duration':
      return 'duration'
    case 'error':
      return '!error!'
    case 'null':
      return 'null'
    case 'timestamp':
      return 'timestamp'
    default:
      return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(displayType).join(', ')})`
  }
}

/** Types by their full names: `google.protobuf.Timestamp`, `list(null_type)`. */
export function typeText(type: Type): string {
  return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(typeText).join(', ')})`
}

/** `string.(int, bool)`: what a function was called with. */
export function displayCall(types: readonly Type[], member: boolean): string {
  const [target, ...rest] = types
  const list = (each: readonly Type[]) => `(${each.map(displayType).join(', ')})`
  return member && target !== undefined ? `${displayType(target)}.${list(rest)}` : list(types)
}

const named = new Map<string, Type>([
  ['bool', boolType],
  ['bytes', bytesType],
  ['double', doubleType],
  ['duration', durationType],
  ['dyn', dynType],
  ['int', intType],
  ['null', nullType],
  ['string', stringType],
  ['timestamp', timestampType],
  ['type', typeType],
  ['uint', uintType],
])

/** Reads `map(K, list(optional(V)))`. One capital letter is a parameter; types of libraries are given by name. */
export function readType(text: string, library: ReadonlyMap<string, Type> = new Map()): Type {
  const open = text.indexOf('(')
  if (open < 0) {
    const found = library.get(text) ?? named.get(text) ?? (/^[A-Z]$/.test(text) ? parameterType(text) : undefined)
    if (found === undefined) throw new Error(`no type ${text}`)
    return found
  }
  const [first, second] = splitTypes(text.slice(open + 1, -1)).map(each => readType(each, library)) as [Type, Type]
  switch (text.slice(0, open)) {
    case 'list':
      return listType(first)
    case 'map':
      return mapType(first, second)
    case 'optional':
      return optionalType(first)
    case 'type':
      return typeOf(first)
    default:
      throw new Error(`no type ${text}`)
  }
}

/** Splits at the commas that stand in no parentheses. */
export function splitTypes(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const letter = text[at]
    if (letter === '(') depth++
    else if (letter === ')') depth--
    else if ((letter === ',' || letter === undefined) && depth === 0) {
      const part = text.slice(start, at).trim()
      if (part !== '') parts.push(part)
      start = at + 1
    }
  }
  return parts
}

/** The type of a literal's value. */
export function literalType(value: unknown): Type {
  switch (typeof value) {
    case 'boolean':
      return boolType
    case 'string':
      return stringType
    case 'bigint':
      return intType
    case 'number':
      return doubleType
    default:
      if (value === null) return nullType
      return value instanceof Uint8Array ? bytesType : uintType
  }
}
