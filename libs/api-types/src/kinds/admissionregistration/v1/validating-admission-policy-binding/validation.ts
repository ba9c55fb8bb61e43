import { type FieldError, field } from '@kubets/apimachinery'
import type { ValidatingAdmissionPolicyBinding } from '../../types.ts'
import { validateBindingSpec } from '../../validation/binding-spec.ts'

const actionNames = ['Audit', 'Deny', 'Warn']

export const validateSpec = ({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] => [
  ...validateBindingSpec(spec ?? {}, 'spec'),
  ...validateActions(spec?.validationActions ?? [], 'spec.validationActions'),
]

function validateActions(actions: readonly string[], path: string): FieldError[] {
  if (actions.length === 0) return [field.required(path, 'at least one validation action is required')]
  const seen = new Set<string>()
  const errors: FieldError[] = []
  actions.forEach((action, index) => {
    const at = `${path}[${index}]`
    if (!actionNames.includes(action)) errors.push(field.notSupported(at, action, actionNames))
    if (seen.has(action)) errors.push(field.duplicate(at, action))
    seen.add(action)
  })
  if (seen.has('Deny') && seen.has('Warn')) {
    const text =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
    errors.push(field.invalid(path, actions, text))
  }
  return errors
}
