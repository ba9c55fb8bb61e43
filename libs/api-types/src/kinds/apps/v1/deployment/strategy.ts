import { append, nameIsDnsSubdomain, semanticEqual } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { dropGatedTemplateFields } from '../../../core/v1/pod/gated-fields.ts'
import { warningsForName, warningsForPodTemplate } from '../../../core/v1/pod-template/warnings.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateImmutableSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { Deployment, DeploymentSpec } from '../../types.ts'
import { validateSpec, validateStatus } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.apps.v1.DeploymentSpec')
const specOf = ({ spec }: Deployment) => spec ?? ({} as DeploymentSpec)

export const strategy: Strategy<Deployment> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(deployment) {
    deployment.status = {}
    firstGeneration(deployment)
    dropGatedTemplateFields(deployment.spec?.template)
  },
  prepareForUpdate(deployment, old, { subresource }) {
    if (subresource === 'status') {
      keep(deployment, old, 'spec')
      if (deployment.metadata && old.metadata) keep(deployment.metadata, old.metadata, 'labels')
      return
    }
    keep(deployment, old, 'status')
    dropGatedTemplateFields(deployment.spec?.template, old.spec?.template)
    // Annotations are copied to the ReplicaSets, so the controller has to look at them as at the spec.
    const same = semanticEqual(deployment.metadata?.annotations, old.metadata?.annotations)
    countGeneration(deployment, old, !same || !sameSpec(deployment.spec, old.spec))
  },
  validate: deployment => [
    ...validateBuiltinMeta(deployment.metadata, true, nameIsDnsSubdomain),
    ...validateSpec(specOf(deployment)),
  ],
  validateUpdate(deployment, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(deployment.metadata, old.metadata)
    if (subresource === 'status') return [...errors, ...validateStatus(deployment.status ?? {}, old.status ?? {})]
    append(errors, validateSpec(specOf(deployment), old.spec?.template))
    return [...errors, ...validateImmutableSelector(deployment.spec?.selector, old.spec?.selector, 'spec.selector')]
  },
  warnings(deployment, old) {
    const { template } = specOf(deployment)
    if (old === undefined) {
      return [...warningsForName(deployment.metadata), ...warningsForPodTemplate(template, 'spec.template')]
    }
    if (deployment.metadata?.generation === old.metadata?.generation) return []
    return warningsForPodTemplate(template, 'spec.template')
  },
  resetFields: subresource => (subresource === 'status' ? ['spec', 'metadata.labels'] : ['status']),
}
