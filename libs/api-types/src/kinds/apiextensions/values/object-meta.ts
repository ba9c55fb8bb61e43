import {
  append,
  type FieldError,
  field,
  isDns1035Label,
  nameIsPathSegment,
  validateObjectMeta,
} from '@kubets/apimachinery'
import { builtinSchemas } from '../../../schema/schema.ts'
import type { ObjectMeta } from '../../../wire.ts'
import { additionalSchema, itemSchema, type JsonSchema, sortedEntries } from '../json-schema.ts'

const metaSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** Types of apiVersion, kind and metadata wherever the schema has a resource: the first that is wrong. */
export function wrongMetaType(value: unknown, schema: JsonSchema | undefined, path: string): FieldError | undefined {
  if (typeof value !== 'object' || value === null || schema === undefined) return undefined
  for (const [child, childSchema, at, key] of children(value, schema, path)) {
    if (schema['x-kubernetes-embedded-resource'] && !Array.isArray(value)) {
      if ((key === 'apiVersion' || key === 'kind') && typeof child !== 'string') {
        return field.invalid(`${path}.${key}`, child, 'must be a string')
      }
      const wrong = key === 'metadata' ? metadataError(child) : undefined
      if (wrong !== undefined) return field.invalid(`${path}.metadata`, child, wrong)
    }
    const wrong = wrongMetaType(child, childSchema, at)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** What apiVersion, kind and metadata say, wherever the schema has a resource. */
export function validateMeta(value: unknown, schema: JsonSchema | undefined, path: string): FieldError[] {
  if (typeof value !== 'object' || value === null || schema === undefined) return []
  const errors =
    schema['x-kubernetes-embedded-resource'] && !Array.isArray(value)
      ? validateResource(value as Record<string, unknown>, path)
      : []
  for (const [child, childSchema, at] of children(value, schema, path)) {
    append(errors, validateMeta(child, childSchema, at))
  }
  return errors
}

function* children(
  value: object,
  schema: JsonSchema,
  path: string,
): Generator<[unknown, JsonSchema | undefined, string, string]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield [item, itemSchema(schema), `${path}[${index}]`, '']
    return
  }
  for (const [key, child] of sortedEntries(value as Record<string, unknown>)) {
    const own = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
    if (own) yield [child, own, path === '' ? key : `${path}.${key}`, key]
    else yield [child, additionalSchema(schema), `${path}[${key}]`, key]
  }
}

function metadataError(value: unknown): string | undefined {
  const { error } = builtinSchemas.get(metaSchema).check(value)
  return error
}

function validateResource(value: Readonly<Record<string, unknown>>, path: string): FieldError[] {
  const below = (name: string) => (path === '' ? name : `${path}.${name}`)
  const errors: FieldError[] = []
  for (const name of ['apiVersion', 'kind']) {
    if (!Object.hasOwn(value, name)) errors.push(field.required(below(name)))
  }
  for (const [name, part] of sortedEntries(value)) {
    const at = below(name)
    if (name === 'apiVersion' || name === 'kind') {
      if (typeof part !== 'string') errors.push(field.invalid(at, part, 'must be a string'))
      else if (part === '') errors.push(field.invalid(at, part, 'must not be empty'))
      else append(errors, name === 'kind' ? validateKind(part, at) : validateApiVersion(part, at))
    } else if (name === 'metadata') append(errors, validateMetadata(part, at))
  }
  return errors
}

const validateApiVersion = (value: string, path: string) =>
  value.split('/').length > 2 ? [field.invalid(path, value, `unexpected GroupVersion string: ${value}`)] : []

function validateKind(kind: string, path: string): FieldError[] {
  const wrong = isDns1035Label(kind.toLowerCase())
  if (wrong.length === 0) return []
  return [field.invalid(path, kind, `may have mixed case, but should otherwise match: ${wrong.join(',')}`)]
}

function validateMetadata(value: unknown, path: string): FieldError[] {
  const wrong = metadataError(value)
  if (wrong !== undefined) return [field.invalid(path, value, wrong)]
  const meta = value as ObjectMeta
  return validateObjectMeta(
    { ...meta, name: meta.name || 'fakename' },
    Boolean(meta.namespace),
    nameIsPathSegment,
    path,
  )
}
