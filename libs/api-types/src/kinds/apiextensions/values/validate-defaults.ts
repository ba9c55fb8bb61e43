import { append, type FieldError, field } from '@kubets/apimachinery'
import { ruleSet, rulesBudget } from '../expressions/run-rules.ts'
import { itemSchema, type JsonSchema, sortedEntries } from '../json-schema.ts'
import { validateMeta, wrongMetaType } from './object-meta.ts'
import { hasUnknownFields } from './prune.ts'
import { validateValue } from './validate-value.ts'

/** Builds an object around a part of it. */
type Around = (part: unknown) => Record<string, unknown>

/**
 * Defaults of a structural schema: nothing in them that would be pruned, valid metadata, valid against their schema and its rules
 * (`x-kubernetes-validations`).
 */
export const validateDefaults = (schema: JsonSchema, path: string, requirePruned: boolean): FieldError[] =>
  errorsIn(schema, path, requirePruned, true)

/** Some default of a structural schema has a field that would be pruned. */
export const hasUnprunedDefaults = (schema: JsonSchema): boolean =>
  errorsIn(schema, '', true, false).some(({ message = '' }) => message.endsWith(': must not have unknown fields'))

function errorsIn(schema: JsonSchema, path: string, requirePruned: boolean, runRules: boolean): FieldError[] {
  const root = { ...schema, 'x-kubernetes-embedded-resource': true }
  const work: Work = { requirePruned, runRules, budget: rulesBudget }
  return validate(root, path, { root, around: asRoot, insideMeta: false, work })
}

/** What is asked of all defaults of a schema, and what their rules may still cost together. */
interface Work {
  readonly requirePruned: boolean
  readonly runRules: boolean
  budget: number
}

interface Position {
  /** The innermost resource. */
  readonly root: JsonSchema
  readonly around: Around
  /** Inside of apiVersion, kind or metadata of that resource. */
  readonly insideMeta: boolean
  readonly work: Work
}

const asRoot: Around = part => ({ kind: 'Validation', apiVersion: 'validation/v1', ...(part as object) })

function validate(schema: JsonSchema, path: string, given: Position): FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const position = embedded ? { ...given, root: schema, around: asRoot, insideMeta: false } : given
  const { around, work } = position
  const errors = isSet(schema.default) ? validateDefault(schema, `${path}.default`, position) : []
  if (work.budget < 0) return errors
  const items = itemSchema(schema)
  if (items) append(errors, validate(items, `${path}.items`, { ...position, around: part => around([part]) }))
  for (const [name, child] of sortedEntries(schema.properties)) {
    if (work.budget < 0) break
    const isMeta = embedded && (name === 'metadata' || name === 'apiVersion' || name === 'kind')
    const below: Position = {
      ...position,
      around: part => around({ [name]: part }),
      insideMeta: position.insideMeta || isMeta,
    }
    append(errors, validate(child, `${path}.properties[${name}]`, below))
  }
  return errors
}

const isSet = (value: unknown) => value !== undefined && value !== null

function validateDefault(schema: JsonSchema, at: string, position: Position): FieldError[] {
  const value = schema.default
  const { work, insideMeta } = position
  if (insideMeta) {
    const object = position.around(value)
    const wrong = wrongMetaType(object, position.root, '')
    const meta = wrong === undefined ? validateMeta(object, position.root, '') : [wrong]
    if (meta.length === 0) return validateContent(schema, at, position)
    const told = [...new Set(meta.map(({ field: place, message }) => `${place}: ${message}`))]
    const list = told.length === 1 ? told[0] : `[${told.join(', ')}]`
    return [field.invalid(at, value, `must result in valid metadata: ${list}`)]
  }
  const unknown =
    work.requirePruned && hasUnknownFields(value, schema)
      ? [field.invalid(at, value, 'must not have unknown fields')]
      : []
  const wrong = wrongMetaType(value, schema, at)
  if (wrong !== undefined) return [...unknown, wrong]
  const meta = validateMeta(value, schema, at)
  return [...unknown, ...(meta.length > 0 ? meta : validateContent(schema, at, position))]
}

/** What the schema says of the value itself, and then its rules: for a value that stays as it is, and for one that was not there before. */
function validateContent(schema: JsonSchema, at: string, { root, work }: Position): FieldError[] {
  const value = schema.default
  const errors = validateValue(schema, value, at)
  if (errors.length > 0 || !work.runRules) return errors
  const rules = ruleSet(schema, schema === root)
  if (rules === undefined) return []
  const kept = rules.run(value, value, at, work.budget)
  if (kept.errors.length > 0) {
    work.budget = kept.budget
    return kept.errors
  }
  const fresh = rules.run(value, undefined, at, work.budget)
  work.budget = Math.min(kept.budget, fresh.budget)
  return fresh.errors
}
