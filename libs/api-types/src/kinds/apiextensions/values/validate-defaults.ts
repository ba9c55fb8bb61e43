import { type FieldError, field } from '@kubets/apimachinery'
import { itemSchema, type JsonSchema, sortedEntries } from '../json-schema.ts'
import { validateMeta, wrongMetaType } from './object-meta.ts'
import { hasUnknownFields } from './prune.ts'
import { validateValue } from './validate-value.ts'

/** Builds an object around a part of it. */
type Around = (part: unknown) => Record<string, unknown>

/**
 * Defaults of a structural schema: nothing in them that would be pruned, valid metadata, valid against their schema. Rules
 * (`x-kubernetes-validations`) are not run on them.
 */
export function validateDefaults(schema: JsonSchema, path: string, requirePruned: boolean): FieldError[] {
  const root = { ...schema, 'x-kubernetes-embedded-resource': true }
  return validate(root, path, { root, around: asRoot, insideMeta: false, requirePruned })
}

/** Some default of a structural schema has a field that would be pruned. */
export const hasUnprunedDefaults = (schema: JsonSchema): boolean =>
  validateDefaults(schema, '', true).some(({ message = '' }) => message.endsWith(': must not have unknown fields'))

interface Position {
  /** The innermost resource. */
  readonly root: JsonSchema
  readonly around: Around
  /** Inside of apiVersion, kind or metadata of that resource. */
  readonly insideMeta: boolean
  readonly requirePruned: boolean
}

const asRoot: Around = part => ({ kind: 'Validation', apiVersion: 'validation/v1', ...(part as object) })

function validate(schema: JsonSchema, path: string, given: Position): FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const position = embedded ? { ...given, root: schema, around: asRoot, insideMeta: false } : given
  const { around } = position
  const errors = isSet(schema.default) ? validateDefault(schema, `${path}.default`, position) : []
  const items = itemSchema(schema)
  if (items) errors.push(...validate(items, `${path}.items`, { ...position, around: part => around([part]) }))
  for (const [name, child] of sortedEntries(schema.properties)) {
    const isMeta = embedded && (name === 'metadata' || name === 'apiVersion' || name === 'kind')
    const below: Position = {
      ...position,
      around: part => around({ [name]: part }),
      insideMeta: position.insideMeta || isMeta,
    }
    errors.push(...validate(child, `${path}.properties[${name}]`, below))
  }
  return errors
}

const isSet = (value: unknown) => value !== undefined && value !== null

function validateDefault(schema: JsonSchema, at: string, position: Position): FieldError[] {
  const value = schema.default
  if (position.insideMeta) {
    const object = position.around(value)
    const wrong = wrongMetaType(object, position.root, '')
    const meta = wrong === undefined ? validateMeta(object, position.root, '') : [wrong]
    if (meta.length === 0) return validateValue(schema, value, at)
    const told = [...new Set(meta.map(({ field: place, message }) => `${place}: ${message}`))]
    const list = told.length === 1 ? told[0] : `[${told.join(', ')}]`
    return [field.invalid(at, value, `must result in valid metadata: ${list}`)]
  }
  const unknown =
    position.requirePruned && hasUnknownFields(value, schema)
      ? [field.invalid(at, value, 'must not have unknown fields')]
      : []
  const wrong = wrongMetaType(value, schema, at)
  if (wrong !== undefined) return [...unknown, wrong]
  const meta = validateMeta(value, schema, at)
  return [...unknown, ...(meta.length > 0 ? meta : validateValue(schema, value, at))]
}
