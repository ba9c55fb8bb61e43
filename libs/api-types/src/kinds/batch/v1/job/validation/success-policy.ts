import { append, type FieldError, field } from '@kubets/apimachinery'
import { notNegative } from '../../../../validation/numbers.ts'
import type { JobSpec } from '../../../types.ts'
import { countIndexes } from './indexes.ts'

type Rule = NonNullable<JobSpec['successPolicy']>['rules'][number]

const maxRules = 20
/** Bytes. */
const maxIndexes = 64 * 1024

/** When an Indexed Job is done before all of its indexes are. */
export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.successPolicy?.rules ?? []
  const errors: FieldError[] = []
  if (rules.length === 0) {
    const text = 'at least one rules must be specified when the successPolicy is specified'
    errors.push(field.required(`${path}.rules`, text))
  }
  if (rules.length > maxRules) errors.push(field.tooMany(`${path}.rules`, rules.length, maxRules))
  rules.forEach((rule, index) => {
    append(errors, validateRule(rule, spec.completions ?? 0, `${path}.rules[${index}]`))
  })
  return errors
}

function validateRule(rule: Rule, completions: number, path: string): FieldError[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule
  const errors: FieldError[] = []
  if (count === undefined && indexes === undefined) {
    errors.push(field.required(path, 'at least one of succeededCount or succeededIndexes must be specified'))
  }
  let total = 0
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`
    if (Buffer.byteLength(indexes) > maxIndexes) errors.push(field.tooLong(at, maxIndexes))
    try {
      total = countIndexes(indexes, completions)
    } catch (error) {
      errors.push(field.invalid(at, indexes, `error parsing succeededIndexes: ${(error as Error).message}`))
    }
  }
  if (count === undefined) return errors
  const at = `${path}.succeededCount`
  append(errors, notNegative(count, at))
  if (count > completions) {
    const text = `must be less than or equal to ${completions} (the number of specified completions)`
    errors.push(field.invalid(at, count, text))
  }
  if (indexes !== undefined && count > total) {
    const text = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`
    errors.push(field.invalid(at, count, text))
  }
  return errors
}
