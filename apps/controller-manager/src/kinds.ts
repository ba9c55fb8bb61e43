import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '@kubets/api-types'

export type ResourceQuota = Wire<k8s.V1ResourceQuota>
