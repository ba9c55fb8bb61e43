import { append, type FieldError, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { dropGatedTemplateFields } from '../../../core/v1/pod/gated-fields.ts'
import { warningsForName, warningsForPodTemplate } from '../../../core/v1/pod-template/warnings.ts'
import { validateReplicaCounts } from '../../../core/v1/replication-controller/validation.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateImmutableSelector } from '../../../validation/label-selector.ts'
import { notNegative } from '../../../validation/numbers.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { ReplicaSet, ReplicaSetSpec } from '../../types.ts'
import { validateSelectedTemplate } from '../validation/selected-template.ts'

const sameSpec = sameMessage('io.k8s.api.apps.v1.ReplicaSetSpec')

function validateSpec({ spec = {} as ReplicaSetSpec }: ReplicaSet, old?: ReplicaSet): FieldError[] {
  return [
    ...notNegative(spec.replicas, 'spec.replicas'),
    ...notNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateSelectedTemplate(spec, old?.spec?.template),
  ]
}

export const strategy: Strategy<ReplicaSet> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(set) {
    set.status = { replicas: 0 }
    firstGeneration(set)
    dropGatedTemplateFields(set.spec?.template)
  },
  prepareForUpdate(set, old, { subresource }) {
    if (subresource === 'status') return keep(set, old, 'spec')
    keep(set, old, 'status')
    dropGatedTemplateFields(set.spec?.template, old.spec?.template)
    countGeneration(set, old, !sameSpec(set.spec, old.spec))
  },
  validate: set => [...validateBuiltinMeta(set.metadata, true, nameIsDnsSubdomain), ...validateSpec(set)],
  validateUpdate(set, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(set.metadata, old.metadata)
    if (subresource === 'status') {
      return [...errors, ...validateReplicaCounts(set.status ?? {})]
    }
    append(errors, validateSpec(set, old))
    return [...errors, ...validateImmutableSelector(set.spec?.selector, old.spec?.selector, 'spec.selector')]
  },
  warnings(set, old) {
    const template = set.spec?.template
    if (old === undefined) {
      return [...warningsForName(set.metadata), ...warningsForPodTemplate(template, 'spec.template')]
    }
    if (set.metadata?.generation === old.metadata?.generation) return []
    return warningsForPodTemplate(template, 'spec.template')
  },
}
