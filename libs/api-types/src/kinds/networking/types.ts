import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type NetworkPolicy = Wire<k8s.V1NetworkPolicy>
export type Ingress = Wire<k8s.V1Ingress>
export type IngressClass = Wire<k8s.V1IngressClass>
export type IPAddress = Wire<k8s.V1IPAddress>
export type ServiceCIDR = Wire<k8s.V1ServiceCIDR>
