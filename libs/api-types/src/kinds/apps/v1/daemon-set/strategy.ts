import { append, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { dropGatedTemplateFields } from '../../../core/v1/pod/gated-fields.ts'
import { warningsForPodTemplate } from '../../../core/v1/pod-template/warnings.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateImmutableSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { DaemonSet, DaemonSetStatus } from '../../types.ts'
import { setTemplateGeneration, templateGeneration } from './template-generation.ts'
import { validateSpec, validateStatus } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.apps.v1.DaemonSetSpec')
const sameTemplate = sameMessage('io.k8s.api.core.v1.PodTemplateSpec')

export const strategy: Strategy<DaemonSet> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(set) {
    set.status = {} as DaemonSetStatus
    firstGeneration(set)
    dropGatedTemplateFields(set.spec?.template)
    setTemplateGeneration(set, Math.max(templateGeneration(set), 1))
  },
  prepareForUpdate(set, old, { subresource }) {
    const before = templateGeneration(old)
    if (subresource === 'status') {
      keep(set, old, 'spec')
      return setTemplateGeneration(set, before)
    }
    keep(set, old, 'status')
    dropGatedTemplateFields(set.spec?.template, old.spec?.template)
    const changed = !sameTemplate(set.spec?.template, old.spec?.template)
    setTemplateGeneration(set, changed ? before + 1 : before)
    countGeneration(set, old, changed || !sameSpec(set.spec, old.spec))
  },
  validate: set => [...validateBuiltinMeta(set.metadata, true, nameIsDnsSubdomain), ...validateSpec(set)],
  validateUpdate(set, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(set.metadata, old.metadata)
    if (subresource === 'status') return [...errors, ...validateStatus(set.status ?? {}, old.status ?? {})]
    append(errors, validateImmutableSelector(set.spec?.selector, old.spec?.selector, 'spec.selector'))
    return [...errors, ...validateSpec(set, old)]
  },
  warnings(set, old) {
    if (old !== undefined && templateGeneration(set) === templateGeneration(old)) return []
    return warningsForPodTemplate(set.spec?.template, 'spec.template')
  },
}
