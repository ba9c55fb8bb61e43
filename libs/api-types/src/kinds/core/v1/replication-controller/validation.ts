import { append, type FieldError, field, labelSelectorOf } from '@kubets/apimachinery'
import type { ReplicationController } from '../../../../wire.ts'
import { notNegative, notNegativeCounts } from '../../../validation/numbers.ts'
import { matchesTemplate, validateLasting, validatePodTemplateSpec } from '../pod-template/validation.ts'

type Spec = NonNullable<ReplicationController['spec']>

/** `old`: the stored template, whose mistakes may stay. */
export function validateSpec(spec: Spec, old?: Spec['template']): FieldError[] {
  const { replicas, minReadySeconds, selector = {}, template } = spec
  const errors = notNegative(minReadySeconds, 'spec.minReadySeconds')
  const empty = Object.keys(selector).length === 0
  if (empty) errors.push(field.required('spec.selector'))
  if (replicas === undefined) errors.push(field.required('spec.replicas'))
  else append(errors, notNegative(replicas, 'spec.replicas'))
  if (template === undefined) return [...errors, field.required('spec.template')]
  if (!empty) append(errors, matchesTemplate(equalTo(selector), template, 'spec.template'))
  append(errors, validatePodTemplateSpec(template, 'spec.template', old))
  append(errors, validateLasting(template, 'spec.template', 'ReplicationController'))
  return errors
}

/** Values that are no label values match nothing that could be stored; they are not told about here, as in upstream. */
function equalTo(selector: Record<string, string>) {
  const wanted = Object.entries(selector)
  return {
    ...labelSelectorOf({}),
    matches: (labels: Readonly<Record<string, string>> | undefined) =>
      wanted.every(([key, value]) => labels !== undefined && Object.hasOwn(labels, key) && labels[key] === value),
  }
}

const counts = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
  'terminatingReplicas',
] as const

/** Also a ReplicaSet's, which counts terminating ones besides. */
export function validateReplicaCounts(
  status: {
    readonly [name in (typeof counts)[number]]?: number | undefined
  },
): FieldError[] {
  const errors = notNegativeCounts(status, counts, 'status')
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
  for (const name of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    const value = status[name] ?? 0
    if (value > replicas) errors.push(field.invalid(`status.${name}`, value, 'cannot be greater than status.replicas'))
  }
  if (availableReplicas > readyReplicas) {
    errors.push(field.invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas'))
  }
  return errors
}
