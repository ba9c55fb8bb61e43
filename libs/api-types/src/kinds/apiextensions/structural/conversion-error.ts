import { additionalSchema, itemSchema, type JsonSchema, sortedEntries } from '../json-schema.ts'

const unsupported = [
  'id',
  '$schema',
  '$ref',
  'patternProperties',
  'dependencies',
  'additionalItems',
  'definitions',
] as const
const shownAs = (name: string) => (name === '$schema' ? 'schema' : name)

/** Why a schema has no structural form: the first thing in it that such a one cannot say. Undefined: it has. */
export function conversionError(schema: JsonSchema): string | undefined {
  for (const name of unsupported) {
    if (isSet(schema[name])) return `OpenAPIV3Schema '${shownAs(name)}' is not supported`
  }
  const nested = [schema.not, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  const wrong = firstOf(nested)
  if (wrong !== undefined) return wrong
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    return "OpenAPIV3Schema 'items' must be a schema, but is an array"
  }
  const properties = sortedEntries(schema.properties).map(([, child]) => child)
  return firstOf([itemSchema(schema), ...properties, additionalSchema(schema)])
}

function firstOf(schemas: readonly (JsonSchema | null | undefined)[]): string | undefined {
  for (const schema of schemas) {
    const wrong = schema ? conversionError(schema) : undefined
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}
