import { servedAs } from '../../define-kind.ts'
import { deprecated, entries } from '../../entries.ts'
import type {
  ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
  V1beta1ResourceClaim,
  V1beta1ResourceClaimTemplate,
  V1beta1ResourceSlice,
} from '../types.ts'
import { deviceClass } from '../v1/device-class/index.ts'
import { resourceClaim } from '../v1/resource-claim/index.ts'
import { resourceClaimTemplate } from '../v1/resource-claim-template/index.ts'
import { resourceSlice, unsupportedFieldLabel } from '../v1/resource-slice/index.ts'
import { claimFromHub, claimToHub, sliceFromHub, sliceToHub, templateFromHub, templateToHub } from './conversion.ts'
import { defaultClaim, defaultSlice, defaultTemplate } from './defaults.ts'

/** `resource.k8s.io/v1beta1`. */
export const resourceV1beta1 = deprecated(
  entries([
    servedAs(deviceClass, 'v1beta1'),
    servedAs<ResourceClaim, V1beta1ResourceClaim>(resourceClaim, 'v1beta1', {
      applyDefaults: defaultClaim,
      toHub: claimToHub,
      fromHub: object => claimFromHub(object as ResourceClaim),
    }),
    servedAs<ResourceClaimTemplate, V1beta1ResourceClaimTemplate>(resourceClaimTemplate, 'v1beta1', {
      applyDefaults: defaultTemplate,
      toHub: templateToHub,
      fromHub: object => templateFromHub(object as ResourceClaimTemplate),
    }),
    servedAs<ResourceSlice, V1beta1ResourceSlice>(resourceSlice, 'v1beta1', {
      unsupportedFieldLabel: unsupportedFieldLabel('v1beta1'),
      applyDefaults: defaultSlice,
      toHub: sliceToHub,
      fromHub: object => sliceFromHub(object as ResourceSlice),
    }),
  ]),
  'v1.35',
  'v1.38',
)
