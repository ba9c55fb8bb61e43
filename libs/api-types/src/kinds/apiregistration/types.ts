import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type APIService = Wire<k8s.V1APIService>
export type APIServiceCondition = Wire<k8s.V1APIServiceCondition>
