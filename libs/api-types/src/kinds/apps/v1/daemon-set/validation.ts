import { append, type FieldError, field } from '@kubets/apimachinery'
import { matchesTemplate, validateLasting, validatePodTemplateSpec } from '../../../core/v1/pod-template/validation.ts'
import { bareNumber, notMoreThan100Percent, validateIntOrPercent } from '../../../validation/int-or-percent.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import {
  compiledSelector,
  hasInvalidLabelValue,
  isEmptySelector,
  shownSelector,
  validateLabelSelector,
} from '../../../validation/label-selector.ts'
import { notDecremented, notNegative, notNegativeCounts } from '../../../validation/numbers.ts'
import type { DaemonSet, DaemonSetSpec, DaemonSetStatus } from '../../types.ts'
import { templateGeneration } from './template-generation.ts'

type UpdateStrategy = NonNullable<DaemonSetSpec['updateStrategy']>
type RollingUpdate = NonNullable<UpdateStrategy['rollingUpdate']>

/** `old`: the stored set. What is wrong in its selector's values or its template may stay. */
export function validateSpec(set: DaemonSet, old?: DaemonSet): FieldError[] {
  const spec = set.spec ?? ({} as DaemonSetSpec)
  const { selector, template = {} } = spec
  const errors = validateLabelSelector(selector, 'spec.selector', {
    allowInvalidValues: hasInvalidLabelValue(old?.spec?.selector),
  })
  const compiled = compiledSelector(selector)
  if (compiled !== undefined) append(errors, matchesTemplate(compiled, template, 'spec.template'))
  if (selector && isEmptySelector(selector)) {
    errors.push(field.invalid('spec.selector', shownSelector(selector), 'empty selector is invalid for daemonset'))
  }
  append(
    errors,
    validatePodTemplateSpec(template, 'spec.template', old?.spec?.template),
    validateLasting(template, 'spec.template', 'DaemonSet'),
    notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    notNegative(templateGeneration(set), 'spec.templateGeneration'),
    validateUpdateStrategy(spec.updateStrategy ?? {}),
    notNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  )
  return errors
}

function validateUpdateStrategy({ type = '', rollingUpdate }: UpdateStrategy): FieldError[] {
  const path = 'spec.updateStrategy'
  if (type === 'OnDelete') return []
  if (type === 'RollingUpdate') {
    if (rollingUpdate === undefined) return [field.required(`${path}.rollingUpdate`)]
    return validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`)
  }
  const shown = internalForm('io.k8s.api.apps.v1.DaemonSetUpdateStrategy', { type, rollingUpdate })
  return [field.notSupported(path, shown, ['RollingUpdate', 'OnDelete'])]
}

/** Either pods are taken away first, or new ones are added first: not both, not neither. */
function validateRollingUpdate({ maxUnavailable = 0, maxSurge = 0 }: RollingUpdate, path: string): FieldError[] {
  const [atUnavailable, atSurge] = [`${path}.maxUnavailable`, `${path}.maxSurge`]
  const errors = [
    ...validateIntOrPercent(maxUnavailable, atUnavailable),
    ...validateIntOrPercent(maxSurge, atSurge),
    ...notMoreThan100Percent(maxUnavailable, atUnavailable),
    ...notMoreThan100Percent(maxSurge, atSurge),
  ]
  const [takes, adds] = [bareNumber(maxUnavailable) !== 0, bareNumber(maxSurge) !== 0]
  if (takes && adds) errors.push(field.invalid(atSurge, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  else if (!takes && !adds) errors.push(field.required(atUnavailable, 'cannot be 0 when maxSurge is 0'))
  return errors
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const

export function validateStatus(status: Partial<DaemonSetStatus>, old: Partial<DaemonSetStatus>): FieldError[] {
  return [
    ...notNegativeCounts(status, counts, 'status'),
    ...notDecremented(status.collisionCount, old.collisionCount, 'status.collisionCount'),
  ]
}
