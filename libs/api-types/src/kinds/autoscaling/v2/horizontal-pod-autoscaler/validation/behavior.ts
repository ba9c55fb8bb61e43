import { append, type FieldError, field, mustNotBeNegative, Quantity } from '@kubets/apimachinery'
import type { HorizontalPodAutoscalerSpec } from '../../../types.ts'

type Behavior = NonNullable<HorizontalPodAutoscalerSpec['behavior']>
type Rules = NonNullable<Behavior['scaleUp']>
type Policy = NonNullable<Rules['policies']>[number]

/** Seconds. */
const maxWindow = 3600
const maxPeriod = 1800

export function validateBehavior(behavior: Behavior | undefined): FieldError[] {
  return (['scaleUp', 'scaleDown'] as const).flatMap(name => {
    const rules = behavior?.[name]
    return rules === undefined ? [] : validateRules(rules, `spec.behavior.${name}`)
  })
}

function validateRules(rules: Rules, path: string): FieldError[] {
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules
  const errors: FieldError[] = []
  const atWindow = `${path}.stabilizationWindowSeconds`
  if (window < 0) errors.push(field.invalid(atWindow, window, 'must be greater than or equal to zero'))
  if (window > maxWindow) errors.push(field.invalid(atWindow, window, `must be less than or equal to ${maxWindow}`))
  const choices = ['Disabled', 'Max', 'Min']
  if (selectPolicy !== undefined && !choices.includes(selectPolicy)) {
    errors.push(field.notSupported(`${path}.selectPolicy`, selectPolicy, choices))
  }
  if (policies.length === 0) errors.push(field.required(`${path}.policies`, 'must specify at least one Policy'))
  policies.forEach((policy, index) => {
    append(errors, validatePolicy(policy, `${path}.policies[${index}]`))
  })
  if (tolerance !== undefined) {
    const amount = Quantity.parse(tolerance)
    if (amount.sign() < 0) errors.push(field.invalid(`${path}.tolerance`, amount.toString(), mustNotBeNegative))
  }
  return errors
}

function validatePolicy({ type, value = 0, periodSeconds: period = 0 }: Policy, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (type !== 'Pods' && type !== 'Percent') {
    errors.push(field.notSupported(`${path}.type`, type ?? '', ['Percent', 'Pods']))
  }
  if (value <= 0) errors.push(field.invalid(`${path}.value`, value, 'must be greater than zero'))
  if (period <= 0) errors.push(field.invalid(`${path}.periodSeconds`, period, 'must be greater than zero'))
  if (period > maxPeriod) {
    errors.push(field.invalid(`${path}.periodSeconds`, period, `must be less than or equal to ${maxPeriod}`))
  }
  return errors
}
