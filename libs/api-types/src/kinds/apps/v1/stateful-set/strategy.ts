import { append, type FieldError, field, nameIsDnsLabel } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { claimSpecWarnings } from '../../../core/v1/persistent-volume-claim/warnings.ts'
import { dropGatedTemplateFields } from '../../../core/v1/pod/gated-fields.ts'
import { warningsForPodTemplate } from '../../../core/v1/pod-template/warnings.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { StatefulSet, StatefulSetSpec, StatefulSetStatus } from '../../types.ts'
import { nothingTolerated, validateCollisions, validateSpec, validateStatus } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.apps.v1.StatefulSetSpec')
const specOf = ({ spec }: StatefulSet) => spec ?? ({} as StatefulSetSpec)

/** `maxUnavailable` waits behind a gate that is off: only a set that has it keeps it. */
function dropDisabled({ spec }: StatefulSet, old?: StatefulSet): void {
  if (old?.spec?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return
  delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable
}

/** What a running set may change; the rest decides which pods and volumes are its own. */
const changeable = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
] as const

const forbidden =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
  "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

function validateUnchanged(set: StatefulSet, old: StatefulSet): FieldError[] {
  const rest = { ...specOf(set) }
  for (const name of changeable) keep(rest, specOf(old), name)
  return sameSpec(rest, old.spec) ? [] : [field.forbidden('spec', forbidden)]
}

function validateSpecUpdate(set: StatefulSet, old: StatefulSet): FieldError[] {
  const tolerated = { ...nothingTolerated, serviceName: true, volumeClaimTemplates: true }
  const before = old.spec?.template
  const wrongBefore = validateSpec(specOf(old), tolerated, before).length > 0
  const errors = validateSpec(specOf(set), { ...tolerated, template: wrongBefore }, before)
  return [...errors, ...validateUnchanged(set, old)]
}

export const strategy: Strategy<StatefulSet> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 } as StatefulSetStatus
    firstGeneration(set)
    dropDisabled(set)
    dropGatedTemplateFields(set.spec?.template)
  },
  prepareForUpdate(set, old, { subresource }) {
    if (subresource === 'status') return keep(set, old, 'spec')
    keep(set, old, 'status')
    dropDisabled(set, old)
    dropGatedTemplateFields(set.spec?.template, old.spec?.template)
    countGeneration(set, old, !sameSpec(set.spec, old.spec))
  },
  validate: set => [
    ...validateBuiltinMeta(set.metadata, true, nameIsDnsLabel),
    ...validateSpec(specOf(set), nothingTolerated),
  ],
  validateUpdate(set, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(set.metadata, old.metadata)
    if (subresource !== 'status') return [...errors, ...validateSpecUpdate(set, old)]
    const [now, before] = [set.status ?? {}, old.status ?? {}]
    return [...validateStatus(now), ...errors, ...validateCollisions(now, before)]
  },
  warnings(set, old) {
    const { template, revisionHistoryLimit = 0 } = specOf(set)
    const same = old !== undefined && set.metadata?.generation === old.metadata?.generation
    const warnings = same ? [] : warningsForPodTemplate(template, 'spec.template')
    // Upstream's path, `Spec`, when it is an update.
    const part = old === undefined ? '' : '.Spec'
    specOf(set).volumeClaimTemplates?.forEach(({ spec = {} }, index) => {
      append(warnings, claimSpecWarnings(spec, `spec.volumeClaimTemplates[${index}]${part}`))
    })
    if (revisionHistoryLimit < 0) {
      warnings.push(
        'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
      )
    }
    return warnings
  },
}
