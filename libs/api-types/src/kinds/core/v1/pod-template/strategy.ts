import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { PodTemplate } from '../../../../wire.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { dropGatedTemplateFields } from '../pod/gated-fields.ts'
import { validatePodTemplateSpec } from './validation.ts'
import { warningsForPodTemplate } from './warnings.ts'

const sameTemplate = sameMessage('io.k8s.api.core.v1.PodTemplateSpec')

export const strategy: Strategy<PodTemplate> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(object) {
    firstGeneration(object)
    dropGatedTemplateFields(object.template)
  },
  prepareForUpdate(object, old) {
    dropGatedTemplateFields(object.template, old.template)
    countGeneration(object, old, !sameTemplate(object.template, old.template))
  },
  validate: object => [
    ...validateBuiltinMeta(object.metadata, true, nameIsDnsSubdomain),
    ...validatePodTemplateSpec(object.template ?? {}, 'template'),
  ],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validatePodTemplateSpec(object.template ?? {}, 'template', old.template),
  ],
  warnings(object, old) {
    if (object.metadata?.generation === old?.metadata?.generation && old !== undefined) return []
    return warningsForPodTemplate(object.template, 'template')
  },
}
