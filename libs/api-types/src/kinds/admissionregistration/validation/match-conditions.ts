import { append, type FieldError, field, isQualifiedName } from '@kubets/apimachinery'
import type { MatchCondition } from '../types.ts'
import { conditionErrors } from './policy-expressions.ts'

const maxConditions = 64

/** Named expressions that decide whether a webhook or policy is asked. `params`: they may name the policy's parameters. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined | null,
  path: string,
  params = false,
): FieldError[] {
  const list = conditions ?? []
  const seen = new Set<string>()
  const errors = list.length > maxConditions ? [field.tooMany(path, list.length, maxConditions)] : []
  list.forEach(({ name = '', expression = '' }, index) => {
    const at = `${path}[${index}]`
    const trimmed = expression.trim()
    if (trimmed === '') errors.push(field.required(`${at}.expression`))
    else append(errors, conditionErrors(trimmed, { params, authorizer: true }, `${at}.expression`))
    if (name === '') {
      errors.push(field.required(`${at}.name`))
      return
    }
    for (const text of isQualifiedName(name)) errors.push(field.invalid(`${at}.name`, name, text))
    if (seen.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    seen.add(name)
  })
  return errors
}
