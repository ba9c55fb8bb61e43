import { nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { notNegativeCounts } from '../../../validation/numbers.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec } from '../../types.ts'
import { validateSpec } from './validation/autoscaler.ts'

const specOf = ({ spec }: HorizontalPodAutoscaler) => spec ?? ({} as HorizontalPodAutoscalerSpec)
const counts = ['currentReplicas', 'desiredReplicas'] as const

/** Upstream counts no generations here. */
export const strategy: Strategy<HorizontalPodAutoscaler> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0 }
  },
  prepareForUpdate(autoscaler, old, { subresource }) {
    keep(autoscaler, old, subresource === 'status' ? 'spec' : 'status')
  },
  validate: autoscaler => [
    ...validateBuiltinMeta(autoscaler.metadata, true, nameIsDnsSubdomain),
    ...validateSpec(specOf(autoscaler), undefined),
  ],
  validateUpdate(autoscaler, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(autoscaler.metadata, old.metadata)
    if (subresource === 'status') return [...errors, ...notNegativeCounts(autoscaler.status ?? {}, counts, 'status')]
    return [...errors, ...validateSpec(specOf(autoscaler), old.spec)]
  },
}
