import { type FieldError, field, isQualifiedName } from '@kubets/apimachinery'
import { type IntOrPercent, notMoreThan100Percent, validateIntOrPercent } from '../../../validation/int-or-percent.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { validateLabelSelector } from '../../../validation/label-selector.ts'
import { notNegativeCounts } from '../../../validation/numbers.ts'
import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../../types.ts'

const policies = ['AlwaysAllow', 'IfHealthyBudget']

/** `allowInvalidValues`: the selector had values before that are no label values. */
export function validateSpec(spec: PodDisruptionBudgetSpec, allowInvalidValues: boolean): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec
  const errors: FieldError[] = []
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = internalForm('io.k8s.api.policy.v1.PodDisruptionBudgetSpec', spec)
    errors.push(field.invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set'))
  }
  errors.push(
    ...validateAmount(minAvailable, 'spec.minAvailable'),
    ...validateAmount(maxUnavailable, 'spec.maxUnavailable'),
    ...validateLabelSelector(selector, 'spec.selector', { allowInvalidValues }),
  )
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(field.notSupported('spec.unhealthyPodEvictionPolicy', policy, policies))
  }
  return errors
}

const validateAmount = (value: IntOrPercent | undefined, path: string): FieldError[] =>
  value === undefined ? [] : [...validateIntOrPercent(value, path), ...notMoreThan100Percent(value, path)]

type Condition = NonNullable<PodDisruptionBudgetStatus['conditions']>[number]

export function validateStatus(status: Partial<PodDisruptionBudgetStatus>): FieldError[] {
  const seen = new Set<string>()
  const errors = (status.conditions ?? []).flatMap((condition, index) => {
    const path = `status.conditions[${index}]`
    const twice = seen.has(condition.type) ? [field.duplicate(`${path}.type`, condition.type)] : []
    seen.add(condition.type)
    return [...twice, ...validateCondition(condition, path)]
  })
  const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const
  return [...errors, ...notNegativeCounts(status, counts, 'status')]
}

const statuses = ['False', 'True', 'Unknown']
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const reason = new RegExp(`^${reasonFormat}$`)
const reasonError =
  'a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or ' +
  "'_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  " +
  `or 'ReasonA:ReasonB', regex used for validation is '${reasonFormat}')`
/** Bytes. */
const maxReason = 1024
const maxMessage = 32 * 1024

function validateCondition(condition: Condition, path: string): FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason: why, message } = condition
  const errors = isQualifiedName(type ?? '').map(text => field.invalid(`${path}.type`, type ?? '', text))
  if (!statuses.includes(status)) errors.push(field.notSupported(`${path}.status`, status ?? '', statuses))
  if (observedGeneration < 0) {
    const text = 'must be greater than or equal to zero'
    errors.push(field.invalid(`${path}.observedGeneration`, observedGeneration, text))
  }
  if (!lastTransitionTime) errors.push(field.required(`${path}.lastTransitionTime`))
  if (!why) errors.push(field.required(`${path}.reason`))
  else {
    if (!reason.test(why)) errors.push(field.invalid(`${path}.reason`, why, reasonError))
    if (Buffer.byteLength(why) > maxReason) errors.push(field.tooLong(`${path}.reason`, maxReason))
  }
  if (Buffer.byteLength(message ?? '') > maxMessage) errors.push(field.tooLong(`${path}.message`, maxMessage))
  return errors
}
