import { entries } from '../../entries.ts'
import { deviceClass } from './device-class/index.ts'
import { resourceClaim } from './resource-claim/index.ts'
import { resourceClaimTemplate } from './resource-claim-template/index.ts'
import { resourceSlice } from './resource-slice/index.ts'

/** `resource.k8s.io/v1`. */
export const resourceV1 = entries([deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice])
