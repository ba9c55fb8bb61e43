import { append, type FieldError, field, isLabelValue, isQualifiedName } from '@kubets/apimachinery'
import type { Toleration } from '../../../../../wire.ts'
import { each, items } from './checks.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): FieldError[] {
  return items(tolerations, path, (toleration, at) => {
    const { key = '', operator = '', effect = '', tolerationSeconds } = toleration
    const errors: FieldError[] = []
    if (key !== '') {
      const wrong = isQualifiedName(key)
      if (wrong.length > 0) append(errors, each(`${at}.key`, key, wrong))
    }
    if (key === '' && operator !== 'Exists') {
      const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
      errors.push(field.invalid(`${at}.operator`, operator, text))
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
      errors.push(field.invalid(`${at}.effect`, effect, text))
    }
    append(errors, validateOperator(operator, toleration.value ?? '', at))
    if (effect !== '' && !effects.includes(effect)) errors.push(field.notSupported(`${at}.effect`, effect, effects))
    return errors
  })
}

function validateOperator(operator: string, value: string, path: string): FieldError[] {
  switch (operator) {
    case '':
    case 'Equal': {
      const wrong = isLabelValue(value)
      return wrong.length === 0 ? [] : [field.invalid(`${path}.operator`, value, wrong.join(';'))]
    }
    case 'Exists':
      return value === ''
        ? []
        : [field.invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")]
    case 'Lt':
    case 'Gt':
      // Known to upstream, behind a gate that is off.
      return [field.notSupported(`${path}.operator`, operator, ['Equal', 'Exists', 'Lt', 'Gt'])]
    default:
      return [field.notSupported(`${path}.operator`, operator, ['Equal', 'Exists'])]
  }
}
