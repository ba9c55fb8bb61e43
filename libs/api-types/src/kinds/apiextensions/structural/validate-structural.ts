import { append, type FieldError, field } from '@kubets/apimachinery'
import { goRegexpError } from '../../validation/go-regexp.ts'
import { additionalSchema, itemSchema, type JsonSchema, sortedEntries } from '../json-schema.ts'
import { sameDefinition } from '../same-definition.ts'
import { validateCompleteness } from './completeness.ts'

type Level = 'root' | 'item' | 'field'

/**
 * A schema is structural when its shape can be read without its value validations: types are where they belong, and what is said under
 * `allOf`, `anyOf`, `oneOf` and `not` only narrows what is there already. For schemas that have a structural form.
 */
export function validateStructural(schema: JsonSchema, path: string): FieldError[] {
  const errors = [...validateInvariants(schema, 'root', path), ...validateCompleteness(schema, path)]
  const text = ({ field: at = '', message = '' }: FieldError) => `${at}: ${message}`
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0))
}

function validateInvariants(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = []
  const items = itemSchema(schema)
  if (schema.type === 'array' && !items) errors.push(field.required(`${path}.items`, 'must be specified'))
  if (items) append(errors, validateInvariants(items, 'item', `${path}.items`))
  for (const [name, child] of sortedEntries(schema.properties)) {
    append(errors, validateInvariants(child, 'field', `${path}.properties[${name}]`))
  }
  const hasAdditional = schema.additionalProperties !== undefined && schema.additionalProperties !== null
  const additional = additionalSchema(schema)
  if (hasAdditional && level === 'root') {
    errors.push(field.forbidden(`${path}.additionalProperties`, 'must not be used at the root'))
  }
  if (additional) append(errors, validateInvariants(additional, 'field', `${path}.additionalProperties`))
  return [
    ...errors,
    ...validateExtensions(schema, path),
    ...validateValueValidation(schema, isIntOrStringAnyOf(schema), isIntOrStringAnyOf(schema.allOf?.[0]), path),
    ...validateType(schema, level, path),
    ...(schema['x-kubernetes-embedded-resource'] && hasAdditional
      ? [field.forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set')]
      : []),
    ...validateResource(schema, level, path),
  ]
}

function validateExtensions(schema: JsonSchema, path: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return []
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter(name => schema[name])
    .map(name => field.invalid(`${path}.${name}`, true, 'must be false if x-kubernetes-int-or-string is true'))
}

const typeNeeded: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function validateType(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const at = `${path}.type`
  const type = schema.type ?? ''
  const errors: FieldError[] = []
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(type === '' ? field.required(at, text) : field.invalid(at, type, text))
  } else if (type === '' && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) {
    errors.push(field.required(at, typeNeeded[level]))
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(field.invalid(at, type, 'must be object at the root'))
  }
  return errors
}

/** What an object's apiVersion, kind and metadata may be restricted to, at the root and in embedded resources. */
function validateResource(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const isResource = level === 'root' || embedded
  const properties = schema.properties ?? {}
  const errors: FieldError[] = []
  for (const name of ['kind', 'apiVersion']) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!isResource || property === undefined || property.type === 'string') continue
    errors.push(field.invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string'))
  }
  const metadata = Object.hasOwn(properties, 'metadata') ? properties.metadata : undefined
  if (metadata) {
    const at = `${path}.properties[metadata]`
    if (isResource && metadata.type !== 'object') {
      errors.push(field.invalid(`${at}.type`, metadata.type ?? '', 'must be object'))
    }
    if (level === 'root' && !restrictsOnlyNames(metadata)) {
      const text = 'must not specify anything other than name and generateName, but metadata is implicitly specified'
      errors.push(field.forbidden(at, text))
    }
  }
  if (embedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(properties).length === 0) {
    const text =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    errors.push(field.required(`${path}.properties`, text))
  }
  return errors
}

function restrictsOnlyNames({ type: _type, default: _default, properties, ...rest }: JsonSchema): boolean {
  const names = Object.keys(properties ?? {})
  return names.every(name => name === 'name' || name === 'generateName') && sameDefinition(rest, {})
}

const intOrString = [{ type: 'integer' }, { type: 'string' }]
const isIntOrStringAnyOf = (schema: JsonSchema | undefined) =>
  schema?.anyOf?.length === 2 && sameDefinition(schema.anyOf, intOrString)

function validateValueValidation(
  schema: JsonSchema,
  skipAnyOf: boolean,
  skipAnyOfInFirstAllOf: boolean,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (!skipAnyOf) {
    schema.anyOf?.forEach((nested, index) => {
      append(errors, validateNested(nested, false, `${path}.anyOf[${index}]`))
    })
  }
  schema.allOf?.forEach((nested, index) => {
    append(errors, validateNested(nested, skipAnyOfInFirstAllOf && index === 0, `${path}.allOf[${index}]`))
  })
  schema.oneOf?.forEach((nested, index) => {
    append(errors, validateNested(nested, false, `${path}.oneOf[${index}]`))
  })
  if (schema.not) append(errors, validateNested(schema.not, false, `${path}.not`))
  const { pattern = '' } = schema
  const wrong = pattern ? goRegexpError(pattern) : undefined
  if (wrong !== undefined) {
    const text = `must be a valid regular expression, but isn't: ${wrong}`
    errors.push(field.invalid(`${path}.pattern`, pattern, text))
  }
  return errors
}

/** What may not be said under a junctor, with why. */
const notNested = [
  ['type', 'must be empty'],
  ['additionalProperties', 'must be undefined'],
  ['default', 'must be undefined'],
  ['title', 'must be empty'],
  ['description', 'must be empty'],
  ['nullable', 'must be false'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false'],
  ['x-kubernetes-embedded-resource', 'must be false'],
  ['x-kubernetes-int-or-string', 'must be false'],
  ['x-kubernetes-list-map-keys', 'must be empty'],
  ['x-kubernetes-list-type', 'must be undefined'],
  ['x-kubernetes-map-type', 'must be undefined'],
  ['x-kubernetes-validations', 'must be empty'],
] as const satisfies readonly (readonly [keyof JsonSchema, string])[]

/** Unset as the internal form has it: a default of false or '' is one. */
const says = (schema: JsonSchema, name: keyof JsonSchema): boolean => {
  const value = schema[name]
  if (name === 'default' || name === 'x-kubernetes-list-type' || name === 'x-kubernetes-map-type') {
    return value !== undefined && value !== null
  }
  return !sameDefinition(value, undefined)
}

function validateNested(schema: JsonSchema, skipAnyOf: boolean, path: string): FieldError[] {
  const errors = validateValueValidation(schema, skipAnyOf, false, path)
  const items = itemSchema(schema)
  if (items) append(errors, validateNested(items, false, `${path}.items`))
  for (const [name, child] of sortedEntries(schema.properties)) {
    append(errors, validateNested(child, false, `${path}.properties[${name}]`))
  }
  for (const [name, why] of notNested) {
    if (says(schema, name)) errors.push(field.forbidden(`${path}.${name}`, `${why} to be structural`))
  }
  if (Object.hasOwn(schema.properties ?? {}, 'metadata')) {
    errors.push(field.forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'))
  }
  return errors
}
