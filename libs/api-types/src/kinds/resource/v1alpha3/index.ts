import { entries } from '../../entries.ts'
import { deviceTaintRule } from './device-taint-rule/index.ts'
import { resourcePoolStatusRequest } from './resource-pool-status-request/index.ts'

/** `resource.k8s.io/v1alpha3`. */
export const resourceV1alpha3 = entries([deviceTaintRule, resourcePoolStatusRequest])
