import { append, type FieldError, field } from '@kubets/apimachinery'
import { ruleErrors } from '../../../expressions/rule-errors.ts'
import type { SchemaContext } from '../../../expressions/schema-context.ts'
import { additionalSchema, type JsonSchema, sortedEntries } from '../../../json-schema.ts'
import { validateListAndMapTypes, validateMapListKeys } from './list-types.ts'
import { type DefinitionRules, schemaTypes } from './rules.ts'
import { validateValidationRules } from './validation-rules.ts'

/** Where a schema stands, as far as that changes what it may say. */
interface Place {
  readonly isRoot: boolean
  /** In apiVersion, kind or metadata of a resource. */
  readonly insideMeta: boolean
  /** Why there may be no defaults here; undefined: there may. */
  readonly noDefaults: string | undefined
  /** Where expressions are compiled; undefined: they are not, since the schema is not structural or the part only checks values. */
  readonly context: SchemaContext | undefined
  readonly uncorrelatable: string | undefined
}

const root: Place = {
  isRoot: true,
  insideMeta: false,
  noDefaults: undefined,
  context: undefined,
  uncorrelatable: undefined,
}
const metaFields = new Set(['metadata', 'kind', 'apiVersion'])

/** What a schema may say whether it is structural or not, from the inside out. `context`: of a structural one, whose expressions are compiled. */
export function validateOpenApiSchema(
  schema: JsonSchema,
  path: string,
  rules: DefinitionRules,
  context: SchemaContext | undefined,
): FieldError[] {
  const expressionErrors: FieldError[] = []
  const errors = validatePart(schema, path, rules, { ...root, context }, expressionErrors)
  return [...errors, ...expressionErrors]
}

/** Errors of expressions are told after all others: of a schema with others inside, expressions are not looked at. */
function validatePart(
  schema: JsonSchema | null | undefined,
  path: string,
  rules: DefinitionRules,
  given: Place,
  expressionErrors: FieldError[],
): FieldError[] {
  if (!schema) return []
  const { isRoot, ...here } = given
  const { context } = given
  // what only checks values has no types
  const below = { ...here, isRoot: false, context: undefined }
  const errors = validateSupport(schema, path, rules, given)
  const visit = (child: JsonSchema | null | undefined, at: string, place: Place = below) => {
    append(errors, validatePart(child, `${path}.${at}`, rules, place, expressionErrors))
  }
  if (schema.uniqueItems) {
    const text = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(field.forbidden(`${path}.uniqueItems`, text))
  }
  const { additionalProperties } = schema
  if (additionalProperties !== undefined && additionalProperties !== null) {
    if (Object.keys(schema.properties ?? {}).length > 0 && additionalProperties !== true) {
      const text = 'additionalProperties and properties are mutual exclusive'
      errors.push(field.forbidden(`${path}.additionalProperties`, text))
    }
    const why = 'inside additionalProperties applying to object metadata'
    const values = additionalSchema(schema)
    const place = { ...below, context: context?.additional(values) }
    visit(values, 'additionalProperties', given.insideMeta ? { ...place, noDefaults: why } : place)
  }
  for (const [name, property] of sortedEntries(schema.properties)) {
    const isMeta = (isRoot || schema['x-kubernetes-embedded-resource'] === true) && metaFields.has(name)
    visit(property, `properties[${name}]`, {
      isRoot: false,
      insideMeta: given.insideMeta || isMeta,
      noDefaults: isMeta && isRoot ? `in top-level ${name}` : given.noDefaults,
      context: context?.property(property, name),
      uncorrelatable: given.uncorrelatable ?? (isCorrelatable(schema) ? undefined : path),
    })
  }
  visit(schema.not, 'not')
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
    schema[name]?.forEach((child, index) => {
      visit(child, `${name}[${index}]`)
    })
  }
  for (const [name, child] of sortedEntries(schema.definitions)) visit(child, `definitions[${name}]`)
  const inItems = {
    ...below,
    uncorrelatable: given.uncorrelatable ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path),
  }
  if (Array.isArray(schema.items)) {
    schema.items.forEach((child, index) => {
      visit(child, `items[${index}]`, { ...inItems, context: context?.items(child) })
    })
  } else visit(schema.items, 'items', { ...inItems, context: context?.items(schema.items) })
  for (const [name, child] of sortedEntries(schema.dependencies)) {
    if (!Array.isArray(child)) visit(child, `dependencies[${name}]`)
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(field.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  }
  append(errors, validateListAndMapTypes(schema, path, rules.atomicSets))
  if (rules.mapListKeys) append(errors, validateMapListKeys(schema, path))
  append(errors, validateValidationRules(schema, path))
  if (errors.length === 0 && context !== undefined) {
    const place = { uncorrelatable: given.uncorrelatable, costAccepted: rules.costAccepted === true }
    append(expressionErrors, ruleErrors(schema, path, context, place))
  }
  return errors
}

const isCorrelatable = (schema: JsonSchema) =>
  ['granular', 'atomic', undefined, null].includes(schema['x-kubernetes-map-type'])

const notSupported = ['additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const

/** The parts of OpenAPI that Kubernetes has no use for. */
function validateSupport(schema: JsonSchema, path: string, rules: DefinitionRules, place: Place): FieldError[] {
  const errors: FieldError[] = []
  const { type = '' } = schema
  if (rules.validTypes && type && !schemaTypes.includes(type)) {
    errors.push(field.notSupported(`${path}.type`, type, schemaTypes))
  }
  if (schema.default !== undefined && schema.default !== null && place.noDefaults !== undefined) {
    errors.push(field.forbidden(`${path}.default`, `must not be set ${place.noDefaults}`))
  }
  if (schema.id) errors.push(field.forbidden(`${path}.id`, 'id is not supported'))
  for (const name of notSupported) {
    const value = schema[name]
    const isMap = name === 'patternProperties' || name === 'definitions'
    if (value === undefined || value === null || (isMap && Object.keys(value as object).length === 0)) continue
    errors.push(field.forbidden(`${path}.${name}`, `${name} is not supported`))
  }
  if (type === 'null') {
    const text = 'type cannot be set to null, use nullable as an alternative'
    errors.push(field.forbidden(`${path}.type`, text))
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    errors.push(field.forbidden(`${path}.items`, 'items must be a schema object and not an array'))
  }
  if (place.insideMeta && schema['x-kubernetes-embedded-resource']) {
    const text = 'must not be used inside of resource meta'
    errors.push(field.forbidden(`${path}.x-kubernetes-embedded-resource`, text))
  }
  return errors
}
