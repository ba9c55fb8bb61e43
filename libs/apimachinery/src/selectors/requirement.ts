import type { FieldError } from '../status/errors.ts'
import { field } from '../status/field-errors.ts'
import { isLabelValue, isQualifiedName } from '../validation/formats.ts'

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'
export type Labels = Readonly<Record<string, string>>

/** One condition on one label. Values are sorted and distinct. */
export interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

/** A selector that cannot be understood; the message is upstream's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

const operators = ['in', 'notin', '=', '==', '!=', 'gt', 'lt', 'exists', '!']

/** How upstream prints a field error that has no path. */
const text = (errors: readonly FieldError[]) => {
  const all = errors.map(error => `${error.field === '' ? '<nil>' : error.field}: ${error.message}`)
  return all.length === 1 ? (all[0] ?? '') : `[${all.join(', ')}]`
}

export function checkKey(key: string): void {
  const errors = isQualifiedName(key)
  if (errors.length > 0) throw new SelectorError(text([field.invalid('', key, errors.join('; '))]))
}

/** @throws SelectorError when operator and values do not fit together. */
export function newRequirement(key: string, operator: Operator, given: readonly string[]): Requirement {
  const errors: FieldError[] = []
  const keyErrors = isQualifiedName(key)
  if (keyErrors.length > 0) errors.push(field.invalid('key', key, keyErrors.join('; ')))
  const values = [...new Set(given)].sort()
  if (operator === 'in' || operator === 'notin') {
    if (values.length === 0) {
      errors.push(field.invalid('values', values, "for 'in', 'notin' operators, values set can't be empty"))
    }
  } else if (operator === '=' || operator === '==' || operator === '!=') {
    if (values.length !== 1) {
      errors.push(field.invalid('values', values, 'exact-match compatibility requires one single value'))
    }
  } else if (operator === 'exists' || operator === '!') {
    if (values.length !== 0) {
      errors.push(field.invalid('values', values, 'values set must be empty for exists and does not exist'))
    }
  } else if (operator === 'gt' || operator === 'lt') {
    if (values.length !== 1) {
      errors.push(field.invalid('values', values, "for 'Gt', 'Lt' operators, exactly one value is required"))
    }
    for (const [index, value] of values.entries()) {
      if (/^[+-]?\d+$/.test(value)) continue
      const problem = "for 'Gt', 'Lt' operators, the value must be an integer"
      errors.push(field.invalid(`values[${index}]`, value, problem))
    }
  } else {
    errors.push(field.notSupported('operator', operator, operators))
  }
  for (const [index, value] of values.entries()) {
    const problems = isLabelValue(value)
    if (problems.length > 0) errors.push(field.invalid(`values[${index}][${key}]`, value, problems.join('; ')))
  }
  if (errors.length > 0) throw new SelectorError(text(errors))
  return { key, operator, values }
}

export type LabelPredicate = (labels: Labels | undefined) => boolean

/** One requirement as a function. */
export function compileRequirement({ key, operator, values }: Requirement): LabelPredicate {
  const first = values[0] ?? ''
  const has = (labels: Labels | undefined): labels is Labels => labels !== undefined && Object.hasOwn(labels, key)
  switch (operator) {
    case '=':
    case '==':
      return labels => has(labels) && labels[key] === first
    case '!=':
      return labels => !has(labels) || labels[key] !== first
    case 'exists':
      return has
    case '!':
      return labels => !has(labels)
    case 'gt':
    case 'lt':
      return compileOrder(operator, key, first)
    default: {
      const set = new Set(values)
      if (operator === 'in') return labels => has(labels) && set.has(labels[key] ?? '')
      return labels => !has(labels) || !set.has(labels[key] ?? '')
    }
  }
}

function compileOrder(operator: 'gt' | 'lt', key: string, limit: string): LabelPredicate {
  const bound = BigInt(limit.replace(/^\+/, ''))
  return labels => {
    const value = labels?.[key]
    if (value === undefined || !/^[+-]?\d+$/.test(value)) return false
    const number = BigInt(value.replace(/^\+/, ''))
    return operator === 'gt' ? number > bound : number < bound
  }
}

/** As `kubectl` writes it back: `a=b`, `c in (d,e)`, `!f`. */
export function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`
    case 'gt':
    case 'lt':
      return `${key}${operator === 'gt' ? '>' : '<'}${values[0]}`
    default:
      return `${key}${operator}${values[0]}`
  }
}
