import { type FieldExtras, type MessageRow, type TableFile, tableName } from './table-format.ts'

export type Scalar =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'bytes'
  | 'Quantity'
  | 'IntOrString'
  | 'Time'
  | 'MicroTime'
  | 'Duration'
  | 'FieldsV1'
  | 'RawExtension'
  | 'JSON'

export type FieldType =
  | { readonly of: 'scalar'; readonly scalar: Scalar; readonly go: string; readonly values?: readonly string[] }
  | { readonly of: 'list'; readonly item: FieldType; readonly go?: string }
  /** `go`: how Go's errors name the type, where it has a name. */
  | { readonly of: 'map'; readonly item: FieldType; readonly go?: string; readonly key?: string }
  | { readonly of: 'message'; readonly name: string }
  /** A message, or instead of it something simpler: a boolean, a list of such messages, a list of strings. Types of custom resource schemas. */
  | { readonly of: 'choice'; readonly instead: Choice; readonly name: string; readonly go: string }

export type Choice = 'bool' | 'list' | 'strings'

export interface Field {
  readonly name: string
  readonly type: FieldType
  /** Protobuf number; inside `inlined`, when that is set. */
  readonly number: number
  /** The embedded struct's own protobuf number and message: its fields are ours in JSON, nested in protobuf. */
  readonly inlined?: { readonly number: number; readonly message: string }
  /** The structs that it is embedded in, as Go's errors name them: `RuleWithOperations.Rule`. */
  readonly embedded?: string
  readonly omitEmpty: boolean
  readonly omitZero: boolean
  readonly pointer: boolean
  readonly required: boolean
  readonly extras: FieldExtras
}

export interface Message {
  /** `io.k8s.api.core.v1.Pod` */
  readonly name: string
  /** `v1.Pod`, as Go's errors name it. */
  readonly go: string
  /** Has kind and apiVersion. */
  readonly hasKind: boolean
  readonly atomic: boolean
  /** In upstream's order, kind and apiVersion left out. */
  readonly fields: readonly Field[]
  readonly byName: ReadonlyMap<string, Field>
}

/** Gives a table by its package name (`io.k8s.api.core.v1`). */
export type TableLoader = (packageName: string) => TableFile | undefined

/** `io.k8s.api.core.v1.Pod` → package and name. */
export function splitName(name: string): [packageName: string, plain: string] {
  const at = name.lastIndexOf('.')
  return [name.slice(0, at), name.slice(at + 1)]
}

const noExtras: FieldExtras = {}

/** Messages by name, each made when it is first asked for. */
export function messages(load: TableLoader): (name: string) => Message {
  const made = new Map<string, Message>()
  const get = (name: string): Message => {
    const known = made.get(name)
    if (known !== undefined) return known
    const [packageName, plain] = splitName(name)
    const table = load(packageName)
    const row = table?.messages[plain]
    if (table === undefined || row === undefined) throw new Error(`no schema for ${name}`)
    const message = makeMessage(name, row, table, load, get)
    made.set(name, message)
    return message
  }
  return get
}

function makeMessage(
  name: string,
  row: MessageRow,
  table: TableFile,
  load: TableLoader,
  get: (name: string) => Message,
): Message {
  const fields: Field[] = []
  for (const [json, type, number, flags, extras = noExtras] of row.fields) {
    const parsed = parseType(type, table, load)
    if (flags.includes('i') && parsed.of === 'message') {
      const [, struct] = splitName(parsed.name)
      for (const field of get(parsed.name).fields) {
        const embedded = field.embedded === undefined ? struct : `${struct}.${field.embedded}`
        fields.push({ ...field, inlined: { number, message: parsed.name }, embedded })
      }
      continue
    }
    fields.push({
      name: json,
      type: parsed,
      number,
      omitEmpty: flags.includes('o'),
      omitZero: flags.includes('z'),
      pointer: flags.includes('p'),
      required: flags.includes('r'),
      extras,
    })
  }
  const [packageName, plain] = splitName(name)
  return {
    name,
    go: `${packageName.split('.').at(-1)}.${plain}`,
    hasKind: row.kind === 1,
    atomic: row.atomic === 1,
    fields,
    byName: new Map(fields.map(field => [field.name, field])),
  }
}

const goOf = (name: string) => name.split('.').slice(-2).join('.')
const choiceSuffix: Readonly<Record<Choice, string>> = { bool: 'Bool', list: 'Array', strings: 'StringArray' }

const intLike: Readonly<Record<string, Scalar>> = {
  uint8: 'int32',
  uint32: 'int64',
  uint64: 'int64',
  int: 'int64',
  float32: 'float64',
}

/** What Go's decoder calls them: times are read from strings; a number or text that is no text must be the number. */
const goScalars: Readonly<Record<string, string>> = {
  bytes: '[]uint8',
  Time: 'string',
  MicroTime: 'string',
  IntOrString: 'int32',
  JSON: 'v1.JSON',
}

function parseType(text: string, table: TableFile, load: TableLoader): FieldType {
  if (text.startsWith('[]')) return { of: 'list', item: parseType(text.slice(2), table, load) }
  if (text === 'map:Quantity') {
    const version = table.package.split('.').at(-1)
    const go = tableName(table.package).startsWith('resource.')
      ? `map[${version}.QualifiedName]resource.Quantity`
      : 'v1.ResourceList'
    return { of: 'map', item: parseType('Quantity', table, load), go }
  }
  if (text === 'map:[]string') {
    const go = `${table.package.split('.').at(-1)}.ExtraValue`
    const item: FieldType = { of: 'list', item: parseType('string', table, load), go }
    return { of: 'map', item, go: `map[string]${go}` }
  }
  if (text.startsWith('map:')) return { of: 'map', item: parseType(text.slice(4), table, load) }
  const keyed = /^map<([^>]+)>:(.+)$/.exec(text)
  if (keyed !== null) return { of: 'map', item: parseType(keyed[2] ?? '', table, load), key: keyed[1] ?? '' }
  const bar = text.indexOf('|')
  if (bar > 0) {
    const instead = text.slice(0, bar) as Choice
    const name = `${table.package}${text.slice(bar + 1)}`
    return { of: 'choice', instead, name, go: `${goOf(name)}Or${choiceSuffix[instead]}` }
  }
  if (text.startsWith('.')) return { of: 'message', name: `${table.package}${text}` }
  if (text.startsWith('string:')) {
    const named = text.slice(7)
    if (!named.startsWith('io.')) return { of: 'scalar', scalar: 'string', go: named }
    const [packageName, plain] = splitName(named)
    const home = packageName === table.package ? table : load(packageName)
    const values = home?.enums[plain] ?? []
    return { of: 'scalar', scalar: 'string', go: `${packageName.split('.').at(-1)}.${plain}`, values }
  }
  if (text.includes('.')) return { of: 'message', name: text }
  return { of: 'scalar', scalar: (intLike[text] ?? text) as Scalar, go: goScalars[text] ?? text }
}
