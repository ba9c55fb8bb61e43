import { type FieldError, field } from '@kubets/apimachinery'
import { followFieldPath } from '../../../field-path.ts'
import type { JsonSchema, ValidationRule } from '../../../json-schema.ts'
import { conversionError } from '../../../structural/conversion-error.ts'

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const lineBreak = /[\n\r]/

/** What of `x-kubernetes-validations` needs no compiler. */
export function validateValidationRules(schema: JsonSchema, path: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`
    return [...validateTexts(rule, at), ...validateFieldPath(rule, schema, `${at}.fieldPath`)]
  })
}

function validateTexts(given: ValidationRule, at: string): FieldError[] {
  const { rule = '', message = '', messageExpression = '', reason } = given
  const errors: FieldError[] = []
  const text = message.trim()
  if (rule.trim() === '') errors.push(field.required(`${at}.rule`, 'rule is not specified'))
  else if (message !== '' && text === '') {
    errors.push(field.invalid(`${at}.message`, message, 'must be non-empty if specified'))
  } else if (lineBreak.test(text)) {
    errors.push(field.invalid(`${at}.message`, message, 'must not contain line breaks'))
  } else if (lineBreak.test(rule.trim()) && text === '') {
    errors.push(field.required(`${at}.message`, 'message must be specified if rule contains line breaks'))
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(field.required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'))
  }
  if (typeof reason === 'string' && !reasons.includes(reason)) {
    errors.push(field.notSupported(`${at}.reason`, reason, reasons))
  }
  return errors
}

function validateFieldPath({ fieldPath = '' }: ValidationRule, schema: JsonSchema, at: string): FieldError[] {
  if (fieldPath === '') return []
  const errors: FieldError[] = []
  if (fieldPath.trim() === '') errors.push(field.invalid(at, fieldPath, 'must be non-empty if specified'))
  if (lineBreak.test(fieldPath)) errors.push(field.invalid(at, fieldPath, 'must not contain line breaks'))
  if (conversionError(schema) !== undefined) return errors
  const found = followFieldPath(fieldPath, schema, true)
  return typeof found === 'string' ? [...errors, field.invalid(at, fieldPath, 'must be a valid path')] : errors
}
