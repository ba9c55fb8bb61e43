import {
  append,
  type FieldError,
  field,
  isDns1123Label,
  validateAnnotations,
  validateLabels,
} from '@kubets/apimachinery'
import type { PodTemplateSpec } from '../../../../wire.ts'
import { validateClaimSpec } from '../../../core/v1/persistent-volume-claim/validation.ts'
import { validatePodAnnotations } from '../../../core/v1/pod/validation/annotations.ts'
import { rulesAfter } from '../../../core/v1/pod/validation/rules.ts'
import { matchesTemplate, validateLasting, validatePodTemplateSpec } from '../../../core/v1/pod-template/validation.ts'
import { bareNumber, notMoreThan100Percent, validateIntOrPercent } from '../../../validation/int-or-percent.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { compiledSelector, shownSelector } from '../../../validation/label-selector.ts'
import { notDecremented, notNegative, notNegativeCounts } from '../../../validation/numbers.ts'
import type { StatefulSetSpec, StatefulSetStatus } from '../../types.ts'
import { validateSelector } from '../validation/selected-template.ts'

type UpdateStrategy = NonNullable<StatefulSetSpec['updateStrategy']>
type RollingUpdate = NonNullable<UpdateStrategy['rollingUpdate']>

/** What an update does not ask about again, because it cannot change it or because it was wrong before. */
export interface Tolerated {
  readonly serviceName: boolean
  readonly volumeClaimTemplates: boolean
  readonly template: boolean
}

export const nothingTolerated: Tolerated = { serviceName: false, volumeClaimTemplates: false, template: false }

/** `old`: the stored template, whose mistakes may stay. */
export function validateSpec(spec: StatefulSetSpec, tolerated: Tolerated, old?: PodTemplateSpec): FieldError[] {
  const { podManagementPolicy: management = '', persistentVolumeClaimRetentionPolicy: retention, serviceName } = spec
  const errors: FieldError[] = []
  if (management === '') errors.push(field.required('spec.podManagementPolicy'))
  else if (management !== 'OrderedReady' && management !== 'Parallel') {
    errors.push(field.invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'"))
  }
  append(errors, validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'))
  if (retention !== undefined) {
    const path = 'spec.persistentVolumeClaimRetentionPolicy'
    append(errors, validateRetention(retention.whenDeleted, `${path}.whenDeleted`))
    append(errors, validateRetention(retention.whenScaled, `${path}.whenScaled`))
  }
  if (!tolerated.volumeClaimTemplates) {
    spec.volumeClaimTemplates?.forEach((claim, index) => {
      append(errors, validateClaimSpec(claim.spec, `spec.volumeClaimTemplates[${index}].spec`))
    })
  }
  append(
    errors,
    notNegative(spec.replicas, 'spec.replicas'),
    notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    notNegative(spec.ordinals?.start, 'spec.ordinals.start'),
  )
  if (!tolerated.serviceName && serviceName) {
    append(
      errors,
      isDns1123Label(serviceName).map(text => field.invalid('spec.serviceName', serviceName, text)),
    )
  }
  append(errors, validateSelector(spec.selector, 'statefulset'), validateTemplate(spec, tolerated, old))
  return [...errors, ...validateLasting(spec.template ?? {}, 'spec.template', 'StatefulSet')]
}

function validateTemplate(spec: StatefulSetSpec, tolerated: Tolerated, old?: PodTemplateSpec): FieldError[] {
  const selector = compiledSelector(spec.selector)
  if (selector === undefined) return [field.invalid('spec.selector', shownSelector(spec.selector), '')]
  const template = asMade(spec)
  const errors = matchesTemplate(selector, template, 'spec.template')
  if (!tolerated.template) append(errors, validatePodTemplateSpec(template, 'spec.template', old))
  // Once more, as upstream does.
  const { labels, annotations } = template.metadata ?? {}
  append(errors, validateLabels(labels, 'spec.template.labels'))
  append(errors, validateAnnotations(annotations, 'spec.template.annotations'))
  const podSpec = template.spec ?? { containers: [] }
  const rules = rulesAfter(old, false)
  return [...errors, ...validatePodAnnotations(annotations, podSpec, 'spec.template.annotations', rules)]
}

/** The template as the controller will fill it: with names of its own, and a volume for each claim. */
function asMade({ template = {}, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (template.spec === undefined) return template
  const { hostname: _, subdomain: __, ...spec } = template.spec
  if (volumeClaimTemplates.length === 0) return { ...template, spec }
  const claimed = new Map(
    volumeClaimTemplates.map(({ metadata }) => {
      const name = metadata?.name ?? ''
      return [name, { name, persistentVolumeClaim: { claimName: name } }]
    }),
  )
  const others = (spec.volumes ?? []).filter(({ name }) => !claimed.has(name))
  return { ...template, spec: { ...spec, volumes: [...claimed.values(), ...others] } }
}

function validateRetention(policy: string | undefined, path: string): FieldError[] {
  if (policy === 'Retain' || policy === 'Delete') return []
  return [field.notSupported(path, policy ?? '', ['Retain', 'Delete'])]
}

function validateUpdateStrategy(strategy: UpdateStrategy, path: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy
  if (type === '') return [field.required(path)]
  if (type === 'RollingUpdate') return validateRollingUpdate(rollingUpdate ?? {}, `${path}.rollingUpdate`)
  if (type !== 'OnDelete') {
    const shown = internalForm('io.k8s.api.apps.v1.StatefulSetUpdateStrategy', strategy)
    return [field.invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")]
  }
  if (rollingUpdate === undefined) return []
  const shown = internalForm('io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy', { partition: 0, ...rollingUpdate })
  return [field.invalid(`${path}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'")]
}

function validateRollingUpdate({ partition, maxUnavailable }: RollingUpdate, path: string): FieldError[] {
  const errors = notNegative(partition, `${path}.partition`)
  if (maxUnavailable === undefined) return errors
  const at = `${path}.maxUnavailable`
  append(errors, validateIntOrPercent(maxUnavailable, at))
  if (bareNumber(maxUnavailable) === 0) errors.push(field.invalid(at, maxUnavailable, 'cannot be 0'))
  return [...errors, ...notMoreThan100Percent(maxUnavailable, at)]
}

const counts = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
  'collisionCount',
] as const

export function validateStatus(status: Partial<StatefulSetStatus>): FieldError[] {
  const errors = notNegativeCounts(status, counts, 'status')
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status
  for (const name of ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const) {
    const value = status[name] ?? 0
    if (value > replicas) errors.push(field.invalid(`status.${name}`, value, 'cannot be greater than status.replicas'))
  }
  if (availableReplicas > readyReplicas) {
    const text = 'cannot be greater than status.readyReplicas'
    errors.push(field.invalid('status.availableReplicas', availableReplicas, text))
  }
  return errors
}

export const validateCollisions = (status: Partial<StatefulSetStatus>, old: Partial<StatefulSetStatus>): FieldError[] =>
  notDecremented(status.collisionCount, old.collisionCount, 'status.collisionCount')
