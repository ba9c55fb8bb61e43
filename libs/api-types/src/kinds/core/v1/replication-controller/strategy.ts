import { append, type FieldError, field, type NameCheck, nameIsDnsSubdomain, semanticEqual } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { ReplicationController } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { dropGatedTemplateFields } from '../pod/gated-fields.ts'
import { warningsForName, warningsForPodTemplate } from '../pod-template/warnings.ts'
import { validateReplicaCounts, validateSpec } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.core.v1.ReplicationControllerSpec')

/** Upstream judges this kind's name by its newer rules, which count in bytes. */
const longName: NameCheck = (name, prefix) =>
  nameIsDnsSubdomain(name, prefix).map(text => text.replace(/(no more than \d+) characters/, '$1 bytes'))

const nonConvertible = 'non-convertible.kubernetes.io'

/** A selector that another version could not say is told of in an annotation, and stays as it is. */
function validateConvertible(controller: ReplicationController, old: ReplicationController): FieldError[] {
  const [now, before] = [controller.spec?.selector, old.spec?.selector]
  return Object.keys(old.metadata?.annotations ?? {}).flatMap(key => {
    const [prefix = '', name, more] = key.split('/')
    if (!prefix.startsWith(nonConvertible) || name === undefined || more !== undefined) return []
    if (name.includes('selector')) {
      if (semanticEqual(now, before)) return []
      return [field.invalid('spec.selector', now ?? null, 'cannot update non-convertible selector')]
    }
    const missing = field.notFound(name, old.metadata?.annotations?.[key])
    return [{ ...missing, message: `${missing.message}: unknown non-convertible field` }]
  })
}

export const strategy: Strategy<ReplicationController> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(controller) {
    controller.status = { replicas: 0 }
    firstGeneration(controller)
    dropGatedTemplateFields(controller.spec?.template)
  },
  prepareForUpdate(controller, old, { subresource }) {
    if (subresource === 'status') return keep(controller, old, 'spec')
    keep(controller, old, 'status')
    dropGatedTemplateFields(controller.spec?.template, old.spec?.template)
    countGeneration(controller, old, !sameSpec(controller.spec, old.spec))
  },
  validate: controller => [
    ...validateBuiltinMeta(controller.metadata, true, longName),
    ...validateSpec(controller.spec ?? {}),
  ],
  validateUpdate(controller, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(controller.metadata, old.metadata)
    if (subresource === 'status') return [...errors, ...validateReplicaCounts(controller.status ?? {})]
    append(errors, validateSpec(controller.spec ?? {}, old.spec?.template))
    return [...errors, ...validateConvertible(controller, old)]
  },
  warnings(controller, old) {
    const { template } = controller.spec ?? {}
    if (old === undefined) {
      return [...warningsForName(controller.metadata), ...warningsForPodTemplate(template, 'spec.template')]
    }
    if (controller.metadata?.generation === old.metadata?.generation) return []
    // Upstream asks about the old template here.
    return warningsForPodTemplate(old.spec?.template, 'spec.template')
  },
}
