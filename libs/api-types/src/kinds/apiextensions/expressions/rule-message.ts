import { type FieldError, field } from '@kubets/apimachinery'
import type { Program, Value } from '@kubets/cel'
import { cel } from '../../validation/cel/library.ts'
import type { ValidationRule } from '../json-schema.ts'

const longestMessage = 5 * 1024

/** What is said of a rule that a value breaks. */
export const ruleMessage = {
  /** The rule, in errors of its own. */
  inErrors: ({ rule = '', message = '' }: ValidationRule): string => (message === '' ? rule : message).trim(),

  default(rule: ValidationRule): string {
    return (rule.message ?? '') === '' ? `failed rule: ${ruleMessage.inErrors(rule)}` : (rule.message ?? '').trim()
  },

  /** The error for the rule's reason. `shown`: the value, if it is told. */
  error(
    { reason }: ValidationRule,
    path: string,
    shown: { readonly value: unknown } | undefined,
    text: string,
  ): FieldError {
    switch (reason) {
      case 'FieldValueForbidden':
        return field.forbidden(path, text)
      case 'FieldValueRequired':
        return field.required(path, text)
      case 'FieldValueDuplicate':
        return shown
          ? field.duplicate(path, shown.value)
          : { reason: 'FieldValueDuplicate', message: 'Duplicate value', field: path }
      default:
        return shown
          ? field.invalid(path, shown.value, text)
          : { reason: 'FieldValueInvalid', message: `Invalid value: ${text}`, field: path }
    }
  },
} as const

/** What a `messageExpression` gave: a text, or nothing that can be used; `stop`: why nothing more may run. */
export interface SpokenMessage {
  readonly text?: string
  readonly stop?: string
  readonly budget: number
}

export function spokenMessage(
  rule: ValidationRule,
  program: Program | undefined,
  variables: (name: string) => Value | undefined,
  given: number,
): SpokenMessage {
  if (program === undefined) return { budget: given }
  const { perCallLimit } = cel()
  const { result, cost, exceeded } = program.evaluate(variables, perCallLimit)
  if (cost > given) {
    const stop =
      'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'
    return { stop, budget: -1 }
  }
  if (exceeded) {
    const why = 'no further validation rules will be run due to call cost exceeds limit for messageExpression'
    return { stop: `${why}: ${JSON.stringify(rule.messageExpression)}`, budget: -1 }
  }
  const budget = given - cost
  const text = typeof result === 'string' ? result.trim() : ''
  const usable = text !== '' && Buffer.byteLength(text) <= longestMessage && !text.includes('\n')
  return usable ? { text, budget } : { budget }
}
