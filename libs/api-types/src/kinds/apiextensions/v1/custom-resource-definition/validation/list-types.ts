import { type FieldError, field } from '@kubets/apimachinery'
import { itemSchema, type JsonSchema } from '../../../json-schema.ts'
import { printedItems } from '../../../printed-form.ts'

/** A set whose items are merged field by field: two of them cannot be told apart then. */
export function isNonAtomicSet(schema: JsonSchema): boolean {
  const items = itemSchema(schema)
  if (schema['x-kubernetes-list-type'] !== 'set' || !items) return false
  if (items.type === 'array') return isOther(items['x-kubernetes-list-type'], 'atomic')
  return items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic'
}

const isOther = (value: string | null | undefined, wanted: string) => typeof value === 'string' && value !== wanted
const isGiven = (value: string | null | undefined): value is string => typeof value === 'string'

/** `x-kubernetes-map-type` and `x-kubernetes-list-type` with its keys. */
export function validateListAndMapTypes(schema: JsonSchema, path: string, atomicSets: boolean): FieldError[] {
  return [
    ...validateMapType(schema, path),
    ...validateListType(schema, path, atomicSets),
    ...validateKeys(schema, path),
    ...(schema['x-kubernetes-list-type'] === 'map' ? validateMapList(schema, path) : []),
  ]
}

function wrongType(schema: JsonSchema, path: string, wanted: string, name: string): FieldError[] {
  const text = `must be ${wanted} if ${name} is specified`
  if (schema.type === wanted) return []
  return [schema.type ? field.invalid(`${path}.type`, schema.type, text) : field.required(`${path}.type`, text)]
}

function validateMapType(schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-map-type']
  if (!isGiven(type)) return []
  const errors = wrongType(schema, path, 'object', 'x-kubernetes-map-type')
  const known = ['atomic', 'granular']
  return known.includes(type) ? errors : [...errors, field.notSupported(`${path}.x-kubernetes-map-type`, type, known)]
}

function validateListType(schema: JsonSchema, path: string, atomicSets: boolean): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  if (!isGiven(type)) return []
  const errors = wrongType(schema, path, 'array', 'x-kubernetes-list-type')
  if (errors.length === 0 && atomicSets && isNonAtomicSet(schema)) {
    const items = itemSchema(schema)
    const name = items?.type === 'array' ? 'x-kubernetes-list-type' : 'x-kubernetes-map-type'
    const text = 'must be atomic as item of a list with x-kubernetes-list-type=set'
    // upstream shows the list type in both cases
    errors.push(field.invalid(`${path}.items.${name}`, items?.['x-kubernetes-list-type'], text))
  }
  const known = ['atomic', 'set', 'map']
  return known.includes(type) ? errors : [...errors, field.notSupported(`${path}.x-kubernetes-list-type`, type, known)]
}

function validateKeys(schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  if ((schema['x-kubernetes-list-map-keys'] ?? []).length === 0 || type === 'map') return []
  const at = `${path}.x-kubernetes-list-type`
  const text = 'must be map if x-kubernetes-list-map-keys is non-empty'
  return [isGiven(type) ? field.invalid(at, type, text) : field.required(at, text)]
}

function validateMapList(schema: JsonSchema, path: string): FieldError[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const at = `${path}.x-kubernetes-list-map-keys`
  const errors: FieldError[] = []
  if (keys.length === 0) errors.push(field.required(at, 'must not be empty if x-kubernetes-list-type is map'))
  if (!schema.items) {
    return [...errors, field.required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')]
  }
  const items = itemSchema(schema)
  if (!items) {
    const text = 'must only have a single schema if x-kubernetes-list-type is map'
    return [...errors, field.invalid(`${path}.items`, printedItems(schema.items), text)]
  }
  if (items.type !== 'object') {
    const text = "must be object if parent array's x-kubernetes-list-type is map"
    return [...errors, field.invalid(`${path}.items.type`, items.type ?? '', text)]
  }
  const seen = new Set<string>()
  for (const key of keys) {
    const property = Object.hasOwn(items.properties ?? {}, key) ? items.properties?.[key] : undefined
    if (property === undefined) errors.push(field.invalid(at, keys, 'entries must all be names of item properties'))
    else if (property.type === 'array' || property.type === 'object') {
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
      errors.push(field.invalid(`${path}.items.properties[${key}].type`, items.type, text))
    }
    if (seen.has(key)) errors.push(field.invalid(at, keys, 'must not contain duplicate entries'))
    seen.add(key)
  }
  return errors
}

/** Keys are there, or have a default; neither they nor the items are null. */
export function validateMapListKeys(schema: JsonSchema, path: string): FieldError[] {
  const items = itemSchema(schema)
  const type = schema['x-kubernetes-list-type']
  if (!items || (type !== 'set' && type !== 'map')) return []
  const errors = items.nullable
    ? [field.forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${type}`)]
    : []
  if (type === 'set') return errors
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = Object.hasOwn(items.properties ?? {}, key) ? items.properties?.[key] : undefined
    if (property === undefined) continue
    const at = `${path}.items.properties[${key}]`
    const why = 'this property is in x-kubernetes-list-map-keys, so it'
    const hasDefault = property.default !== undefined && property.default !== null
    if (!(items.required ?? []).includes(key) && !hasDefault) {
      errors.push(field.required(`${at}.default`, `${why} must have a default or be a required property`))
    }
    if (property.nullable) errors.push(field.forbidden(`${at}.nullable`, `${why} cannot be nullable`))
  }
  return errors
}
