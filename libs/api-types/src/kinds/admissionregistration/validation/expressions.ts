import { append, type FieldError, field } from '@kubets/apimachinery'
import type { Variable } from '../types.ts'
import type { PolicyExpressions } from './policy-expressions.ts'

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/** Named expressions of a policy. */
export function validateVariables(
  variables: readonly Variable[] | undefined | null,
  expressions: PolicyExpressions,
  path: string,
): FieldError[] {
  return (variables ?? []).flatMap(({ name = '', expression = '' }, index) => {
    const at = `${path}[${index}]`
    const errors: FieldError[] = []
    if (name.trim() === '') errors.push(field.required(`${at}.name`, 'name is not specified'))
    else if (!identifier.test(name) || reserved.has(name)) {
      errors.push(field.invalid(`${at}.name`, name, 'must be a valid CEL identifier'))
    }
    if (expression.trim() === '') errors.push(field.required(`${at}.expression`, 'expression is not specified'))
    else append(errors, expressions.addVariable(name, expression, `${at}.expression`))
    return errors
  })
}

export const hasLineBreak = (text: string): boolean => /[\n\r]/.test(text)
