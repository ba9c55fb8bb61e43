import { append, type FieldError, field, isLabelValue } from '@kubets/apimachinery'
import { each } from '../../core/v1/pod/validation/checks.ts'
import type { DeviceTaint, DeviceToleration } from '../types.ts'
import { validateLabelKey } from './names.ts'

const effects = ['NoExecute', 'NoSchedule', 'None']
const operators = ['Equal', 'Exists']

/** An effect that is stored may stay, also one of a newer version. */
export function validateTaint(taint: DeviceTaint, old: DeviceTaint | undefined, path: string): FieldError[] {
  const { key, value = '', effect = '' } = taint
  const errors = validateLabelKey(key, `${path}.key`)
  if (value !== '') append(errors, each(`${path}.value`, value, isLabelValue(value)))
  if (old !== undefined && (old.effect ?? '') === effect) return errors
  if (effect === '') errors.push(field.required(`${path}.effect`))
  else if (!effects.includes(effect)) errors.push(field.notSupported(`${path}.effect`, effect, effects))
  return errors
}

export function validateToleration(toleration: DeviceToleration, path: string): FieldError[] {
  const { key = '', operator = '', value = '', effect = '' } = toleration
  const errors = key === '' ? [] : validateLabelKey(key, `${path}.key`)
  if (operator === 'Exists') {
    if (value !== '') errors.push(field.invalid(`${path}.value`, value, 'must be empty for operator `Exists`'))
  } else if (operator === 'Equal') append(errors, each(`${path}.value`, value, isLabelValue(value)))
  else if (operator === '') errors.push(field.required(`${path}.operator`))
  else errors.push(field.notSupported(`${path}.operator`, operator, operators))
  if (effect !== '' && !effects.includes(effect)) errors.push(field.notSupported(`${path}.effect`, effect, effects))
  return errors
}
