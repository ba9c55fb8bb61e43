import { append, type FieldError, field } from '@kubets/apimachinery'
import type { Container, PodSpec } from '../../../../../wire.ts'
import { items, pointerEnum, requiredEnum } from './checks.ts'

const policies = ['Always', 'Never', 'OnFailure']
const actions = ['Restart', 'RestartAllContainers']
const operators = ['In', 'NotIn']
const maxRules = 20
const maxCodes = 255

/** When a container alone is started again, also by its exit code. */
export function validateRestart(
  { restartPolicy: policy, restartPolicyRules: rules = [] }: Pick<Container, 'restartPolicy' | 'restartPolicyRules'>,
  path: string,
): FieldError[] {
  if (policy === undefined && rules.length === 0) return []
  const errors =
    policy === undefined
      ? [field.required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')]
      : pointerEnum(`${path}.restartPolicy`, policy, policies)
  const at = `${path}.restartPolicyRules`
  if (rules.length > maxRules) errors.push(field.tooMany(at, rules.length, maxRules))
  return errors.concat(
    items(rules, at, ({ action = '', exitCodes }, atRule) => {
      const found = pointerEnum(`${atRule}.action`, action, actions)
      const codes = `${atRule}.exitCodes`
      if (exitCodes === undefined) return [...found, field.required(codes, 'must be specified')]
      append(found, pointerEnum(`${codes}.operator`, exitCodes.operator ?? '', operators))
      const { values = [] } = exitCodes
      if (values.length > maxCodes) found.push(field.tooMany(`${codes}.values`, values.length, maxCodes))
      return found
    }),
  )
}

/** Init containers without a policy of their own have no rules, and upstream says no more about them. */
export function validateInitRestart(container: Container, path: string): FieldError[] {
  if (container.restartPolicy !== undefined) return validateRestart(container, path)
  if (!container.restartPolicyRules?.length) return []
  return [field.required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used')]
}

/** What a resize of a container's resources does to it. */
export function validateResizePolicy(list: Container['resizePolicy'], path: string, spec: PodSpec): FieldError[] {
  if (!list?.length) return []
  const seen = new Set<string>()
  return items(list, path, ({ resourceName = '', restartPolicy }, at) => {
    const errors = seen.has(resourceName) ? [field.duplicate(at, resourceName)] : []
    seen.add(resourceName)
    append(
      errors,
      requiredEnum(path, resourceName, ['cpu', 'memory']),
      requiredEnum(path, restartPolicy, ['NotRequired', 'RestartContainer']),
    )
    if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const text = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
      errors.push(field.invalid(path, restartPolicy ?? '', text))
    }
    return errors
  })
}
