import { nameIsDnsSubdomain, semanticEqual } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { samePart, validateImmutable } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { CSIDriver } from '../../types.ts'
import { validateSpec } from './validation.ts'

const tokensInSecrets =
  'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes'

export const strategy: Strategy<CSIDriver> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: false,
  prepareForCreate({ spec }) {
    // feature gate VolumeLimitScaling, off in v1.36
    delete spec.preventPodSchedulingIfMissing
  },
  prepareForUpdate(driver, old) {
    if (old.spec.preventPodSchedulingIfMissing === undefined)
      keep(driver.spec, old.spec, 'preventPodSchedulingIfMissing')
    if (samePart('io.k8s.api.storage.v1.CSIDriverSpec', driver.spec, old.spec)) return
    driver.metadata ??= {}
    driver.metadata.generation = (old.metadata?.generation ?? 0) + 1
  },
  validate: ({ metadata, spec }) => [
    ...validateBuiltinMeta(metadata, false, nameIsDnsSubdomain),
    ...validateSpec(spec),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...validateBuiltinMetaUpdate(metadata, old.metadata),
    ...validateSpec(spec),
    ...validateImmutable(spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired'),
    ...validateImmutable(spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
  ],
  warnings({ spec }, old) {
    const changed = old === undefined || !semanticEqual(spec.tokenRequests, old.spec.tokenRequests)
    const unset = spec.serviceAccountTokenInSecrets === undefined
    return changed && unset && (spec.tokenRequests ?? []).length > 0 ? [tokensInSecrets] : []
  },
}
