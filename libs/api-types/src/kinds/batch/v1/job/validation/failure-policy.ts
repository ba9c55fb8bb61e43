import { append, type FieldError, field, goQuote, isQualifiedName } from '@kubets/apimachinery'
import { invalidPlace } from '../../../../validation/without-value.ts'
import type { JobSpec } from '../../../types.ts'

type Rule = NonNullable<JobSpec['podFailurePolicy']>['rules'][number]
type OnExitCodes = NonNullable<Rule['onExitCodes']>
type OnPodConditions = NonNullable<Rule['onPodConditions']>

const maxRules = 20
const maxExitCodes = 255
const maxPatterns = 20

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const statuses = ['False', 'True', 'Unknown']

const validValues = (values: readonly string[]) => `valid values: [${values.map(goQuote).join(' ')}]`

/** A value that must be there and be one of these. */
function oneOf(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  if (!value) return [field.required(path, validValues(allowed))]
  return allowed.includes(value) ? [] : [field.notSupported(path, value, allowed)]
}

export function validateFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const errors = rules.length > maxRules ? [field.tooMany(`${path}.rules`, rules.length, maxRules)] : []
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = new Set([...(containers ?? []), ...initContainers].map(({ name }) => name))
  rules.forEach((rule, index) => {
    append(errors, validateRule(spec, rule, `${path}.rules[${index}]`, names))
  })
  return errors
}

function validateRule(spec: JobSpec, rule: Rule, path: string, names: ReadonlySet<string>): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule
  const errors: FieldError[] = []
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) {
      errors.push(field.invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'))
    }
  } else append(errors, oneOf(action, actions, `${path}.action`))
  if (onExitCodes !== undefined) append(errors, validateExitCodes(onExitCodes, `${path}.onExitCodes`, names))
  append(errors, validateConditions(onPodConditions, `${path}.onPodConditions`))
  if (onExitCodes !== undefined && onPodConditions.length > 0) {
    errors.push(invalidPlace(path, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  }
  if (onExitCodes === undefined && onPodConditions.length === 0) {
    errors.push(invalidPlace(path, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
  return errors
}

function validateConditions(patterns: OnPodConditions, path: string): FieldError[] {
  const errors = patterns.length > maxPatterns ? [field.tooMany(path, patterns.length, maxPatterns)] : []
  patterns.forEach(({ type, status }, index) => {
    const at = `${path}[${index}]`
    append(
      errors,
      isQualifiedName(type ?? '').map(text => field.invalid(`${at}.type`, type ?? '', text)),
    )
    append(errors, oneOf(status, statuses, `${at}.status`))
  })
  return errors
}

function validateExitCodes(codes: OnExitCodes, path: string, names: ReadonlySet<string>): FieldError[] {
  const { operator, containerName, values } = codes
  const errors = oneOf(operator, operators, `${path}.operator`)
  if (containerName !== undefined && !names.has(containerName)) {
    const text = 'must be one of the container or initContainer names in the pod template'
    errors.push(field.invalid(`${path}.containerName`, containerName, text))
  }
  const at = `${path}.values`
  const list = values ?? []
  if (list.length === 0) errors.push(field.invalid(at, values ?? null, 'at least one value is required'))
  else if (list.length > maxExitCodes) errors.push(field.tooMany(at, list.length, maxExitCodes))
  const seen = new Set<number>()
  list.forEach((code, index) => {
    if (operator === 'In' && code === 0) {
      errors.push(field.invalid(`${at}[${index}]`, code, 'must not be 0 for the In operator'))
    }
    if (seen.has(code)) errors.push(field.duplicate(`${at}[${index}]`, code))
    seen.add(code)
  })
  if (list.some((code, index) => index > 0 && (list[index - 1] ?? 0) > code)) {
    errors.push(field.invalid(at, list, 'must be ordered'))
  }
  return errors
}
