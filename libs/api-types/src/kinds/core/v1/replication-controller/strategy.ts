import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { ReplicationController } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { warningsForName, warningsForPodTemplate } from '../pod-template/warnings.ts'
import { validateReplicaCounts, validateSpec } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.core.v1.ReplicationControllerSpec')

export const strategy: Strategy<ReplicationController> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(controller) {
    controller.status = { replicas: 0 }
    firstGeneration(controller)
  },
  prepareForUpdate(controller, old, { subresource }) {
    if (subresource === 'status') return keep(controller, old, 'spec')
    keep(controller, old, 'status')
    countGeneration(controller, old, !sameSpec(controller.spec, old.spec))
  },
  validate: controller => [
    ...validateBuiltinMeta(controller.metadata, true, nameIsDnsSubdomain),
    ...validateSpec(controller.spec ?? {}),
  ],
  validateUpdate: (controller, old, { subresource }) => [
    ...validateBuiltinMetaUpdate(controller.metadata, old.metadata),
    ...(subresource === 'status'
      ? validateReplicaCounts(controller.status ?? {})
      : validateSpec(controller.spec ?? {})),
  ],
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
