/** `JSONSchemaProps`: the schema of a custom resource, or of a part of it. What is unset may be null. */
export interface JsonSchema {
  id?: string
  $schema?: string
  $ref?: string
  description?: string
  type?: string
  nullable?: boolean
  format?: string
  title?: string
  default?: unknown
  maximum?: number
  exclusiveMaximum?: boolean
  minimum?: number
  exclusiveMinimum?: boolean
  maxLength?: number
  minLength?: number
  pattern?: string
  maxItems?: number
  minItems?: number
  uniqueItems?: boolean
  multipleOf?: number
  enum?: unknown[]
  maxProperties?: number
  minProperties?: number
  required?: string[]
  items?: JsonSchema | JsonSchema[]
  allOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  anyOf?: JsonSchema[]
  not?: JsonSchema
  properties?: Record<string, JsonSchema>
  additionalProperties?: JsonSchema | boolean
  patternProperties?: Record<string, JsonSchema>
  dependencies?: Record<string, JsonSchema | string[]>
  additionalItems?: JsonSchema | boolean
  definitions?: Record<string, JsonSchema>
  externalDocs?: { description?: string; url?: string }
  example?: unknown
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-list-type'?: string
  'x-kubernetes-map-type'?: string
  'x-kubernetes-validations'?: ValidationRule[]
}

/** One `x-kubernetes-validations` entry. */
export interface ValidationRule {
  rule?: string
  message?: string
  messageExpression?: string
  reason?: string
  fieldPath?: string
  optionalOldSelf?: boolean
}

/** The schema of items, where there is one for all of them. */
export function itemSchema({ items }: JsonSchema): JsonSchema | undefined {
  return items && !Array.isArray(items) ? items : undefined
}

/** The schema of what `properties` does not name. */
export function additionalSchema({ additionalProperties }: JsonSchema): JsonSchema | undefined {
  return typeof additionalProperties === 'object' && additionalProperties !== null ? additionalProperties : undefined
}

/** By name, so that errors come in an order that does not change. */
export const sortedEntries = <T>(map: Readonly<Record<string, T>> | null | undefined): [string, T][] =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))

/** Some schema in it, itself included, is such a one. */
export function someSchema(schema: JsonSchema | null | undefined, test: (schema: JsonSchema) => boolean): boolean {
  if (!schema) return false
  if (test(schema)) return true
  for (const child of childSchemas(schema)) if (someSchema(child, test)) return true
  return false
}

function* childSchemas(schema: JsonSchema): Generator<JsonSchema> {
  if (Array.isArray(schema.items)) yield* schema.items
  else if (schema.items) yield schema.items
  for (const list of [schema.allOf, schema.anyOf, schema.oneOf]) yield* list ?? []
  if (schema.not) yield schema.not
  yield* sortedEntries(schema.properties).map(([, child]) => child)
  const additional = additionalSchema(schema)
  if (additional) yield additional
  yield* Object.values(schema.patternProperties ?? {})
  if (typeof schema.additionalItems === 'object' && schema.additionalItems) yield schema.additionalItems
  yield* Object.values(schema.definitions ?? {})
  for (const dependency of Object.values(schema.dependencies ?? {})) {
    if (dependency && !Array.isArray(dependency)) yield dependency
  }
}
