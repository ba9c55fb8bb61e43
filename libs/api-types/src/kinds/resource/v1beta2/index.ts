import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { deviceClass } from '../v1/device-class/index.ts'
import { resourceClaim } from '../v1/resource-claim/index.ts'
import { resourceClaimTemplate } from '../v1/resource-claim-template/index.ts'
import { resourceSlice } from '../v1/resource-slice/index.ts'
import { deviceTaintRule } from '../v1alpha3/device-taint-rule/index.ts'

/** `resource.k8s.io/v1beta2`. */
export const resourceV1beta2 = entries([
  servedAs(deviceClass, 'v1beta2'),
  servedAs(deviceTaintRule, 'v1beta2'),
  servedAs(resourceClaim, 'v1beta2'),
  servedAs(resourceClaimTemplate, 'v1beta2'),
  servedAs(resourceSlice, 'v1beta2'),
])
