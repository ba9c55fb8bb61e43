import { entries } from '../../entries.ts'
import { ingress } from './ingress/index.ts'
import { ingressClass } from './ingress-class/index.ts'
import { ipAddress } from './ip-address/index.ts'
import { networkPolicy } from './network-policy/index.ts'
import { serviceCidr } from './service-cidr/index.ts'

/** `networking.k8s.io/v1`. */
export const networkingV1 = entries([networkPolicy, ingress, ingressClass, ipAddress, serviceCidr])
