import { type FieldError, field } from '@kubets/apimachinery'
import type { HorizontalPodAutoscalerSpec } from '../../../types.ts'
import { validateBehavior } from './behavior.ts'
import { validateMetrics } from './metrics.ts'
import { apiVersionProblem, type ReferenceRules, validateReference } from './object-reference.ts'

type Old = HorizontalPodAutoscalerSpec | undefined

/** `old`: what was wrong before may stay. */
export function validateSpec(spec: HorizontalPodAutoscalerSpec, old: Old): FieldError[] {
  const { minReplicas: min, maxReplicas: max = 0 } = spec
  // Scaling to zero waits behind a gate that is off.
  const lowest = old?.minReplicas === 0 ? 0 : 1
  const errors: FieldError[] = []
  if (min !== undefined && min < lowest) {
    errors.push(field.invalid('spec.minReplicas', min, `must be greater than or equal to ${lowest}`))
  }
  if (max === 0) errors.push(field.required('spec.maxReplicas', 'must be set and greater than 0'))
  else if (max < 0) errors.push(field.invalid('spec.maxReplicas', max, 'must be greater than or equal to 1'))
  if (min !== undefined && max < min) {
    errors.push(field.invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'))
  }
  return [
    ...errors,
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef', targetRules(spec, old)),
    ...validateMetrics(spec, metricRules(old)),
    ...validateBehavior(spec.behavior),
  ]
}

function targetRules({ scaleTargetRef: ref }: HorizontalPodAutoscalerSpec, old: Old): ReferenceRules {
  const before = old?.scaleTargetRef
  const same = old !== undefined && before?.apiVersion === ref?.apiVersion && before?.kind === ref?.kind
  if (same) return { allowInvalidApiVersion: true, allowEmptyGroup: false }
  // The only kind of the core group that can be scaled.
  return { allowInvalidApiVersion: false, allowEmptyGroup: ref?.kind === 'ReplicationController' }
}

function metricRules(old: Old): ReferenceRules {
  const rules = { allowInvalidApiVersion: false, allowEmptyGroup: true }
  const wrong = (old?.metrics ?? []).some(
    ({ type, object }) =>
      type === 'Object' &&
      object !== undefined &&
      apiVersionProblem(object.describedObject?.apiVersion ?? '', rules) !== undefined,
  )
  return { ...rules, allowInvalidApiVersion: wrong }
}
