import { bytesType, durationType, stringType, timestampType } from '../check/types.ts'
import {
  type DeclaredType,
  declared,
  declaredList,
  declaredMap,
  declaredStruct,
  maxRequestSize as requestSize,
} from './declared-type.ts'
import { escapeName } from './escape-name.ts'

/** What of a schema, of OpenAPI or of a custom resource, says the type of its values. What is unset may be null. */
export interface TypedSchema {
  readonly type?: string
  readonly format?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly maxLength?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly items?: TypedSchema | readonly TypedSchema[]
  readonly properties?: Readonly<Record<string, TypedSchema>>
  readonly additionalProperties?: TypedSchema | boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
}

/** The schema of items, where there is one for all of them. */
const itemSchema = ({ items }: TypedSchema): TypedSchema | undefined =>
  items && !Array.isArray(items) ? (items as TypedSchema) : undefined

/** The schema of what `properties` does not name. */
const additionalSchema = ({ additionalProperties: given }: TypedSchema): TypedSchema | undefined =>
  typeof given === 'object' && given !== null ? given : undefined

/** Sizes in JSON, quotes included. */
const sizes = { date: 12, dateTime: { least: 21, most: 32 }, duration: { least: 3, most: 32 }, text: 2 }

/** The type that expressions see of a schema's values; undefined: they do not see them. `root`: a resource, which has metadata. */
export function declaredSchema(given: TypedSchema, root: boolean): DeclaredType | undefined {
  if (given['x-kubernetes-int-or-string']) {
    const most = given.maxLength === undefined ? requestSize - 2 : nonNegative(given.maxLength) * 4
    return { ...declared.dyn, maxElements: BigInt(most) }
  }
  const schema = root ? withObjectMeta(given) : given
  switch (schema.type) {
    case 'array':
      return declaredItems(schema)
    case 'object':
      return additionalSchema(schema) === undefined ? declaredObject(schema) : declaredEntries(schema)
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
const child = (schema: TypedSchema) => declaredSchema(schema, schema['x-kubernetes-embedded-resource'] === true)

function declaredItems(schema: TypedSchema): DeclaredType | undefined {
  const items = itemSchema(schema)
  const element = items && child(items)
  if (element === undefined) return undefined
  const most =
    typeof schema.maxItems === 'number'
      ? nonNegative(schema.maxItems)
      : Math.floor((requestSize - 2) / (element.minSize + 1))
  return declaredList(element, BigInt(most), orderOf(schema))
}

function orderOf(schema: TypedSchema): DeclaredType['order'] {
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

function declaredEntries(schema: TypedSchema): DeclaredType | undefined {
  const value = child(additionalSchema(schema) as TypedSchema)
  if (value === undefined) return undefined
  const most =
    typeof schema.maxProperties === 'number'
      ? nonNegative(schema.maxProperties)
      : Math.floor((requestSize - 2) / (value.minSize + 6))
  return declaredMap({ ...declared.string, maxElements: 0n }, value, BigInt(most))
}

function declaredObject(schema: TypedSchema): DeclaredType {
  const required = new Set(schema.required ?? [])
  const fields = new Map<string, DeclaredType>()
  let minSize = 2
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const type = child(property)
    if (type === undefined) continue
    const escaped = escapeName(name)
    if (escaped !== undefined) fields.set(escaped, type)
    if (required.has(name) && (property.default === undefined || property.default === null))
      minSize += Buffer.byteLength(name) + type.minSize + 4
  }
  return declaredStruct('object', fields, minSize)
}

function declaredString(schema: TypedSchema): DeclaredType {
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

function longestString({ maxLength, enum: values }: TypedSchema): number {
  if (typeof maxLength === 'number') return nonNegative(maxLength) * 4
  if ((values ?? []).length === 0) return requestSize - 2
  let most = 0
  for (const value of values ?? []) if (typeof value === 'string') most = Math.max(most, Buffer.byteLength(value))
  return most
}

/** A resource has these whatever its schema says. */
function withObjectMeta(schema: TypedSchema): TypedSchema {
  const { kind, apiVersion, metadata } = schema.properties ?? {}
  const complete =
    kind?.type === 'string' &&
    apiVersion?.type === 'string' &&
    metadata?.type === 'object' &&
    metadata.properties?.name?.type === 'string' &&
    metadata.properties.generateName?.type === 'string'
  if (complete) return schema
  const text: TypedSchema = { type: 'string' }
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
  if (type.fields !== undefined) {
    const fields = new Map([...type.fields].map(([field, inner]) => [field, namedType(inner, `${name}.${field}`)]))
    return declaredStruct(name, fields, type.minSize)
  }
  if (type.key !== undefined && type.element !== undefined)
    return declaredMap(type.key, namedType(type.element, `${name}.@elem`), type.maxElements)
  return type.element === undefined
    ? type
    : declaredList(namedType(type.element, `${name}.@idx`), type.maxElements, type.order)
}
