import { type FieldError, field, isQualifiedName } from '@kubets/apimachinery'
import type { MatchCondition } from '../types.ts'

const maxConditions = 64

/** Named expressions that decide whether a webhook or policy is asked. The expressions are not compiled. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined | null,
  path: string,
): FieldError[] {
  const list = conditions ?? []
  const seen = new Set<string>()
  const errors = list.length > maxConditions ? [field.tooMany(path, list.length, maxConditions)] : []
  list.forEach(({ name = '', expression = '' }, index) => {
    const at = `${path}[${index}]`
    if (expression.trim() === '') errors.push(field.required(`${at}.expression`))
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
