import { nameIsPathSegment, validateObjectMeta } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateLabelSelector } from '../../../validation/label-selector.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../../types.ts'
import { validateSpec, validateStatus } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.policy.v1.PodDisruptionBudgetSpec')
const specOf = ({ spec }: PodDisruptionBudget): PodDisruptionBudgetSpec => spec ?? {}

/** What a status is before the controller has looked: its counts are never left out. */
const unknown = (): PodDisruptionBudgetStatus => ({
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
})

export const strategy: Strategy<PodDisruptionBudget> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate(budget) {
    budget.status = unknown()
    firstGeneration(budget)
  },
  prepareForUpdate(budget, old, { subresource }) {
    if (subresource === 'status') return keep(budget, old, 'spec')
    keep(budget, old, 'status')
    countGeneration(budget, old, !sameSpec(budget.spec, old.spec))
  },
  validate: budget => [
    ...validateObjectMeta(budget.metadata, true, nameIsPathSegment),
    ...validateSpec(specOf(budget), false),
  ],
  validatesMetaUpdate: false,
  validateUpdate(budget, old, { subresource }) {
    if (subresource === 'status') return validateStatus(budget.status ?? {})
    const wrongBefore = validateLabelSelector(old.spec?.selector, '').length > 0
    return validateSpec(specOf(budget), wrongBefore)
  },
}
