import { type FieldError, field } from '@kubets/apimachinery'
import { bareNumber, notMoreThan100Percent, validateIntOrPercent } from '../../../validation/int-or-percent.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { notDecremented, notNegative, notNegativeCounts } from '../../../validation/numbers.ts'
import type { DeploymentSpec, DeploymentStatus } from '../../types.ts'
import { validateSelectedTemplate } from '../validation/selected-template.ts'

type DeploymentStrategy = NonNullable<DeploymentSpec['strategy']>
type RollingUpdate = NonNullable<DeploymentStrategy['rollingUpdate']>

const types = ['Recreate', 'RollingUpdate']

/** `old`: the stored template, whose mistakes may stay. */
export function validateSpec(spec: DeploymentSpec, old?: DeploymentSpec['template']): FieldError[] {
  const { replicas, minReadySeconds = 0, revisionHistoryLimit, progressDeadlineSeconds: deadline } = spec
  const errors = [
    ...notNegative(replicas, 'spec.replicas'),
    ...validateSelectedTemplate(spec, old),
    ...validateStrategy(spec.strategy ?? {}),
    ...notNegative(minReadySeconds, 'spec.minReadySeconds'),
    ...notNegative(revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...notNegative(deadline, 'spec.progressDeadlineSeconds'),
  ]
  if (deadline !== undefined && deadline <= minReadySeconds) {
    errors.push(field.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
  }
  return errors
}

function validateStrategy({ type = '', rollingUpdate }: DeploymentStrategy): FieldError[] {
  const path = 'spec.strategy.rollingUpdate'
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return []
    return [field.forbidden(path, "may not be specified when strategy `type` is 'Recreate'")]
  }
  if (type === 'RollingUpdate') {
    if (rollingUpdate === undefined) return [field.required(path, 'this should be defaulted and never be nil')]
    return validateRollingUpdate(rollingUpdate, path)
  }
  const shown = internalForm('io.k8s.api.apps.v1.DeploymentStrategy', { type, rollingUpdate })
  return [field.notSupported('spec.strategy', shown, types)]
}

function validateRollingUpdate({ maxUnavailable = 0, maxSurge = 0 }: RollingUpdate, path: string): FieldError[] {
  const errors = [
    ...validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${path}.maxSurge`),
  ]
  if (bareNumber(maxUnavailable) === 0 && bareNumber(maxSurge) === 0) {
    const text = 'may not be 0 when `maxSurge` is 0'
    errors.push(field.invalid(`${path}.maxUnavailable`, maxUnavailable, text))
  }
  return [...errors, ...notMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`)]
}

const counts = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
] as const

export function validateStatus(status: DeploymentStatus, old: DeploymentStatus): FieldError[] {
  const errors = notNegativeCounts(status, counts, 'status')
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
  for (const name of ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    const value = status[name] ?? 0
    if (value > replicas) errors.push(field.invalid(`status.${name}`, value, 'cannot be greater than status.replicas'))
  }
  if (availableReplicas > readyReplicas) {
    errors.push(field.invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas'))
  }
  return [...errors, ...notDecremented(status.collisionCount, old.collisionCount, 'status.collisionCount')]
}
