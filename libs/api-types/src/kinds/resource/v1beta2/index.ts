import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { deviceClass } from '../v1/device-class/index.ts'
import { resourceClaim } from '../v1/resource-claim/index.ts'
import { resourceClaimTemplate } from '../v1/resource-claim-template/index.ts'
import { resourceSlice } from '../v1/resource-slice/index.ts'
import { deviceTaintRule } from '../v1alpha3/device-taint-rule/index.ts'

const deprecation = (kind: string) => `resource.k8s.io/v1beta2 ${kind} is deprecated in v1.36+, unavailable in v1.39+`

/** `resource.k8s.io/v1beta2`. */
export const resourceV1beta2 = entries([
  servedAs(deviceClass, 'v1beta2', { deprecation: deprecation('DeviceClass') }),
  servedAs(deviceTaintRule, 'v1beta2'),
  servedAs(resourceClaim, 'v1beta2', { deprecation: deprecation('ResourceClaim') }),
  servedAs(resourceClaimTemplate, 'v1beta2', { deprecation: deprecation('ResourceClaimTemplate') }),
  servedAs(resourceSlice, 'v1beta2', { deprecation: deprecation('ResourceSlice') }),
])
