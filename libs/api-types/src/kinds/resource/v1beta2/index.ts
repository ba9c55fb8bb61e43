import { servedAs } from '../../define-kind.ts'
import { deprecated, entries } from '../../entries.ts'
import { deviceClass } from '../v1/device-class/index.ts'
import { resourceClaim } from '../v1/resource-claim/index.ts'
import { resourceClaimTemplate } from '../v1/resource-claim-template/index.ts'
import { resourceSlice, unsupportedFieldLabel } from '../v1/resource-slice/index.ts'
import { deviceTaintRule } from '../v1alpha3/device-taint-rule/index.ts'

/** `resource.k8s.io/v1beta2`. */
export const resourceV1beta2 = [
  ...deprecated(
    entries([
      servedAs(deviceClass, 'v1beta2'),
      servedAs(resourceClaim, 'v1beta2'),
      servedAs(resourceClaimTemplate, 'v1beta2'),
      servedAs(resourceSlice, 'v1beta2', { unsupportedFieldLabel: unsupportedFieldLabel('v1beta2') }),
    ]),
    'v1.36',
    'v1.39',
  ),
  ...entries([servedAs(deviceTaintRule, 'v1beta2')]),
]
