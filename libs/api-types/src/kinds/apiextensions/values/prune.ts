import { additionalSchema, itemSchema, type JsonSchema } from '../json-schema.ts'

const metaFields = new Set(['apiVersion', 'kind', 'metadata'])

/** Some field of the value is not in the schema, so upstream would remove it. Metadata of embedded resources is left alone. */
export function hasUnknownFields(value: unknown, schema: JsonSchema | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) {
    const items = schema && itemSchema(schema)
    const preserved = schema?.['x-kubernetes-preserve-unknown-fields'] === true
    // below a preserved list only what its item schema speaks of is looked at
    return value.some(item =>
      preserved && items === undefined ? false : hasUnknownFields(item, preserved ? preserving(items) : items),
    )
  }
  const preserved = schema?.['x-kubernetes-preserve-unknown-fields'] === true
  return Object.entries(value).some(([key, child]) => {
    if (schema === undefined) return true
    if (schema['x-kubernetes-embedded-resource'] && metaFields.has(key)) return false
    const { properties } = schema
    if (properties && Object.hasOwn(properties, key)) return hasUnknownFields(child, properties[key])
    if (schema.additionalProperties !== undefined && schema.additionalProperties !== null) {
      return hasUnknownFields(child, additionalSchema(schema))
    }
    return !preserved
  })
}

const preserving = (schema: JsonSchema | undefined): JsonSchema | undefined =>
  schema && { ...schema, 'x-kubernetes-preserve-unknown-fields': true }
