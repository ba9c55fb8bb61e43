import { append, type FieldError, field } from '@kubets/apimachinery'
import { validateConditions } from '../../../validation/conditions.ts'
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
  append(
    errors,
    validateAmount(minAvailable, 'spec.minAvailable'),
    validateAmount(maxUnavailable, 'spec.maxUnavailable'),
    validateLabelSelector(selector, 'spec.selector', { allowInvalidValues }),
  )
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(field.notSupported('spec.unhealthyPodEvictionPolicy', policy, policies))
  }
  return errors
}

const validateAmount = (value: IntOrPercent | undefined, path: string): FieldError[] =>
  value === undefined ? [] : [...validateIntOrPercent(value, path), ...notMoreThan100Percent(value, path)]

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const

export const validateStatus = (status: Partial<PodDisruptionBudgetStatus>): FieldError[] => [
  ...validateConditions(status.conditions, 'status.conditions'),
  ...notNegativeCounts(status, counts, 'status'),
]
