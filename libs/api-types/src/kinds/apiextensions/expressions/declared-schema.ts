import type { DeclaredType } from '@kubets/cel'
import { cel } from '../../validation/cel/library.ts'
import { additionalSchema, itemSchema, type JsonSchema } from '../json-schema.ts'

const requestSize = 3 * 1024 * 1024

/** Sizes in JSON, quotes included. */
const sizes = { date: 12, dateTime: { least: 21, most: 32 }, duration: { least: 3, most: 32 }, text: 2 }

/** The type that expressions see of a schema's values; undefined: they do not see them. `root`: a resource, which has metadata. */
export function declaredSchema(given: JsonSchema, root: boolean): DeclaredType | undefined {
  const { declared } = cel()
  if (given['x-kubernetes-int-or-string']) {
    const most = given.maxLength === undefined ? requestSize - 2 : nonNegative(given.maxLength) * 4
    return { ...declared.dyn, maxElements: BigInt(most) }
  }
  const schema = root ? withObjectMeta(given) : given
  switch (schema.type) {
    case 'array':
      return declaredItems(schema)
    case 'object':
      return additionalSchema(schema) === undefined ? declaredObject(schema) : declaredMap(schema)
    case 'string':
      return declaredString(schema)
    case 'boolean':
      return declared.bool
    case 'number':
      return declared.double
    case 'integer':
      return declared.int
    default:
      return undefined
  }
}

const nonNegative = (value: number) => Math.max(0, value)
const child = (schema: JsonSchema) => declaredSchema(schema, schema['x-kubernetes-embedded-resource'] === true)

function declaredItems(schema: JsonSchema): DeclaredType | undefined {
  const items = itemSchema(schema)
  const element = items && child(items)
  if (element === undefined) return undefined
  const most =
    typeof schema.maxItems === 'number'
      ? nonNegative(schema.maxItems)
      : Math.floor((requestSize - 2) / (element.minSize + 1))
  return cel().declaredList(element, BigInt(most), orderOf(schema))
}

function orderOf(schema: JsonSchema): DeclaredType['order'] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return 'set'
    case 'map':
      return keys.length === 0 ? undefined : keys
    default:
      return undefined
  }
}

function declaredMap(schema: JsonSchema): DeclaredType | undefined {
  const { declared, declaredMap: map } = cel()
  const value = child(additionalSchema(schema) as JsonSchema)
  if (value === undefined) return undefined
  const most =
    typeof schema.maxProperties === 'number'
      ? nonNegative(schema.maxProperties)
      : Math.floor((requestSize - 2) / (value.minSize + 6))
  return map({ ...declared.string, maxElements: 0n }, value, BigInt(most))
}

function declaredObject(schema: JsonSchema): DeclaredType {
  const required = new Set(schema.required ?? [])
  const fields = new Map<string, DeclaredType>()
  let minSize = 2
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const type = child(property)
    if (type === undefined) continue
    const escaped = cel().escapeName(name)
    if (escaped !== undefined) fields.set(escaped, type)
    if (required.has(name) && (property.default === undefined || property.default === null))
      minSize += Buffer.byteLength(name) + type.minSize + 4
  }
  return cel().declaredStruct('object', fields, minSize)
}

function declaredString(schema: JsonSchema): DeclaredType {
  const { bytesType, durationType, stringType, timestampType } = cel()
  const { maxLength } = schema
  const of = (type: DeclaredType['type'], minSize: number, most: number): DeclaredType => ({
    type,
    minSize,
    maxElements: BigInt(most),
  })
  switch (schema.format) {
    case 'byte':
      return of(bytesType, sizes.text, typeof maxLength === 'number' ? nonNegative(maxLength) : requestSize - 2)
    case 'duration':
      return of(durationType, sizes.duration.least, sizes.duration.most)
    case 'date':
      return of(timestampType, sizes.date, sizes.date)
    case 'date-time':
      return of(timestampType, sizes.dateTime.least, sizes.dateTime.most)
    default:
      return of(stringType, sizes.text, longestString(schema))
  }
}

function longestString({ maxLength, enum: values }: JsonSchema): number {
  if (typeof maxLength === 'number') return nonNegative(maxLength) * 4
  if ((values ?? []).length === 0) return requestSize - 2
  const lengths = (values ?? []).map(value => (typeof value === 'string' ? Buffer.byteLength(value) : 0))
  return Math.max(...lengths)
}

/** A resource has these whatever its schema says. */
function withObjectMeta(schema: JsonSchema): JsonSchema {
  const { kind, apiVersion, metadata } = schema.properties ?? {}
  const complete =
    kind?.type === 'string' &&
    apiVersion?.type === 'string' &&
    metadata?.type === 'object' &&
    metadata.properties?.name?.type === 'string' &&
    metadata.properties.generateName?.type === 'string'
  if (complete) return schema
  const text: JsonSchema = { type: 'string' }
  return {
    ...schema,
    properties: {
      ...schema.properties,
      kind: text,
      apiVersion: text,
      metadata: { type: 'object', properties: { name: text, generateName: text } },
    },
  }
}

/** The same type with names for its structs, as messages show them: `selfType0.spec`, `selfType0.list.@idx`. */
export function namedType(type: DeclaredType, name: string): DeclaredType {
  const { declaredList, declaredMap: map, declaredStruct } = cel()
  if (type.fields !== undefined) {
    const fields = new Map([...type.fields].map(([field, inner]) => [field, namedType(inner, `${name}.${field}`)]))
    return declaredStruct(name, fields, type.minSize)
  }
  if (type.key !== undefined && type.element !== undefined)
    return map(type.key, namedType(type.element, `${name}.@elem`), type.maxElements)
  return type.element === undefined
    ? type
    : declaredList(namedType(type.element, `${name}.@idx`), type.maxElements, type.order)
}
