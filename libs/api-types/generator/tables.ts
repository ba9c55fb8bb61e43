import type { FieldExtras, FieldRow, MessageRow, TableFile } from '../src/schema/table-format.ts'
import type { GoField, GoPackage, GoStruct } from './go-types.ts'

const scalars = new Set([
  'string',
  'bool',
  'int32',
  'int64',
  'float64',
  'float32',
  'uint32',
  'uint64',
  'uint8',
  'int',
  'byte',
])

/** Types with a wire form of their own. */
const specials: Readonly<Record<string, string>> = {
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'Quantity',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'IntOrString',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 'Time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'MicroTime',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Duration': 'Duration',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'FieldsV1',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'RawExtension',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON': 'JSON',
  'k8s.io/apimachinery/pkg/types.UID': 'string:types.UID',
  'k8s.io/apimachinery/pkg/types.NodeName': 'string:types.NodeName',
  'k8s.io/apimachinery/pkg/types.NamespacedName': 'string',
}

/** Types of custom resource schemas that are a schema or something simpler in JSON. */
const choices: Readonly<Record<string, string>> = {
  JSONSchemaPropsOrBool: 'bool',
  JSONSchemaPropsOrArray: 'list',
  JSONSchemaPropsOrStringArray: 'strings',
}
/** Lists that have a protobuf message of their own where they are no values of a map. */
const wrappedLists: ReadonlySet<string> = new Set(['Verbs'])

const apiextensionsPath = 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1'

export const metaPath = 'k8s.io/apimachinery/pkg/apis/meta/v1'

/** `k8s.io/api/core/v1` → `io.k8s.api.core.v1`. */
export function packageName(importPath: string): string {
  return importPath.replace(/^k8s\.io\//, 'io.k8s.').replaceAll('/', '.')
}

/** Makes the rows of one package. `packages` holds every package by import path, to look through their aliases. */
export function tableOf(path: string, packages: ReadonlyMap<string, GoPackage>, source: string): TableFile {
  const home = packages.get(path)
  if (home === undefined) throw new Error(`no package ${path} was read`)
  const messages: Record<string, MessageRow> = {}
  for (const struct of home.structs) {
    if (path === apiextensionsPath && (struct.name in choices || struct.name === 'JSON')) continue
    const row = messageRow(struct, name => resolve(name, path, packages), home.constants)
    if (row !== undefined) messages[struct.name] = row
  }
  for (const name of home.defined) {
    const borrowed = borrowedStruct(name, path, packages)
    if (borrowed === undefined) continue
    const theirs = packageName(borrowed.path)
    const typeName = (type: string) =>
      resolve(type, borrowed.path, packages)?.replace(/(^|[\]:|])\./, (_, before) => `${before}${theirs}.`)
    const row = messageRow(borrowed.struct, typeName, home.constants)
    // kinds are served under the name of their own package
    if (row !== undefined && row.kind === undefined) messages[name] = row
  }
  const enums: Record<string, string[]> = {}
  for (const [name, values] of home.enums) enums[name] = [...values, ...borrowedValues(name, home, packages)].sort()
  return { source, package: packageName(path), enums, messages }
}

/** The struct of another package that a type of this one is made of: `type MatchCondition v1.MatchCondition`. */
function borrowedStruct(
  name: string,
  path: string,
  packages: ReadonlyMap<string, GoPackage>,
): { struct: GoStruct; path: string } | undefined {
  const home = packages.get(path)
  const [left = '', right] = (home?.aliases.get(name) ?? '').split('.')
  if (right === undefined || !home?.defined.has(name)) return undefined
  const owner = home.imports.get(left) ?? ''
  const struct = packages.get(owner)?.structs.find(one => one.name === right)
  return struct === undefined ? undefined : { struct, path: owner }
}

/** Values of an enum that stand in other packages. */
function borrowedValues(name: string, home: GoPackage, packages: ReadonlyMap<string, GoPackage>): string[] {
  return home.borrowed
    .filter(({ type }) => type === name)
    .flatMap(({ constant }) => {
      const [left = '', right = ''] = constant.split('.')
      const value = packages.get(home.imports.get(left) ?? '')?.constants.get(right)
      return value === undefined ? [] : [value]
    })
}

function messageRow(
  struct: GoStruct,
  typeName: (goType: string) => string | undefined,
  constants: ReadonlyMap<string, string>,
): MessageRow | undefined {
  const fields: FieldRow[] = []
  let hasKind = false
  for (const field of struct.fields) {
    if (field.inline) {
      const name = field.goType.replace(/^\*/, '')
      if (name === 'TypeMeta' || name.endsWith('.TypeMeta')) {
        hasKind = true
        continue
      }
    }
    const type = typeName(field.goType)
    if (type === undefined) return undefined
    fields.push(fieldRow(field, type, constants))
  }
  if (fields.length === 0 && !hasKind && struct.fields.length > 0) return undefined
  const atomic = struct.markers.includes('structType=atomic') || struct.markers.includes('mapType=atomic')
  return { ...(hasKind ? { kind: 1 as const } : {}), ...(atomic ? { atomic: 1 as const } : {}), fields }
}

function fieldRow(field: GoField, type: string, constants: ReadonlyMap<string, string>): FieldRow {
  const marker = (name: string) => field.markers.find(text => text.startsWith(`${name}=`))?.slice(name.length + 1)
  const required = field.markers.includes('required') || field.markers.includes('k8s:required')
  const optional = field.markers.includes('optional') || field.markers.includes('k8s:optional') || field.omitEmpty
  const flags = [
    field.inline ? 'i' : '',
    field.omitEmpty ? 'o' : '',
    field.omitZero ? 'z' : '',
    field.goType.startsWith('*') ? 'p' : '',
    (optional && !required) || field.inline ? '' : 'r',
  ].join('')
  const keys = field.markers
    .filter(text => text.startsWith('listMapKey='))
    .map(text => text.slice('listMapKey='.length))
  const listType = marker('listType')
  const mapType = marker('mapType') ?? marker('structType')
  const value = parsedDefault(marker('default'), constants)
  const extras: FieldExtras = {
    ...(value === undefined ? {} : { default: value }),
    ...(listType === undefined ? {} : { list: listType }),
    ...(keys.length === 0 ? {} : { keys }),
    ...(mapType === undefined ? {} : { map: mapType }),
    ...(field.patchStrategy === '' ? {} : { strategy: field.patchStrategy }),
    ...(field.patchMergeKey === '' ? {} : { mergeKey: field.patchMergeKey }),
    ...(wrappedLists.has(field.goType) ? { wrapped: true as const } : {}),
  }
  const row: FieldRow = [field.json, type, field.number, flags]
  return Object.keys(extras).length === 0 ? row : [...row, extras]
}

function parsedDefault(text: string | undefined, constants: ReadonlyMap<string, string>): unknown {
  if (text === undefined) return undefined
  const reference = /^ref\((\w+)\)$/.exec(text)?.[1]
  if (reference !== undefined) return constants.get(reference)
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The type of a map's keys, as Go prints it. */
const keyName = (name: string, path: string) =>
  name.includes('.') ? name : `${packageName(path).split('.').at(-1)}.${name}`

/** Go type → the notation of `table-format.ts`. `undefined` when it is no wire type. */
function resolve(goType: string, path: string, packages: ReadonlyMap<string, GoPackage>): string | undefined {
  const plain = goType.replace(/^\*/, '')
  if (plain === '[]byte') return 'bytes'
  if (plain.startsWith('[]')) {
    const inner = resolve(plain.slice(2), path, packages)
    return inner === undefined ? undefined : `[]${inner}`
  }
  const map = /^map\[([\w.]+)\](.+)$/.exec(plain)
  if (map !== null) {
    const inner = resolve(map[2] ?? '', path, packages)
    // lists of quantities have names of their own
    const key = map[1] === 'string' || inner === 'Quantity' ? '' : `<${keyName(map[1] ?? '', path)}>`
    return inner === undefined ? undefined : `map${key}:${inner}`
  }
  if (scalars.has(plain)) return plain
  const [left = '', right] = plain.split('.')
  const home = packages.get(path)
  const owner = right === undefined ? path : (home?.imports.get(left) ?? '')
  const name = right ?? left
  const special = specials[`${owner}.${name}`]
  if (special !== undefined) return special
  const choice = owner === apiextensionsPath ? choices[name] : undefined
  if (choice !== undefined) return `${choice}|.JSONSchemaProps`
  const there = packages.get(owner)
  if (there === undefined) return undefined
  const alias = there.aliases.get(name)
  if (alias !== undefined && borrowedStruct(name, owner, packages) !== undefined)
    return owner === path ? `.${name}` : `${packageName(owner)}.${name}`
  if (alias !== undefined) {
    const base = resolve(alias, owner, packages)
    const shown = `${packageName(owner).split('.').at(-1)}.${name}`
    return base === 'string'
      ? `string:${there.enums.has(name) ? `${packageName(owner)}.` : ''}${there.enums.has(name) ? name : shown}`
      : base
  }
  if (!there.structs.some(struct => struct.name === name)) return undefined
  return owner === path ? `.${name}` : `${packageName(owner)}.${name}`
}
