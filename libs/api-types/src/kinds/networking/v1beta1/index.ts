import type { ResourceEntry } from '../../../catalogue/contract.ts'
import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { ipAddress } from '../v1/ip-address/index.ts'
import { serviceCidr } from '../v1/service-cidr/index.ts'

const hub = (entry: unknown) => entry as ResourceEntry

/** `networking.k8s.io/v1beta1`: the allocation of Service addresses, as it was before `v1`. */
export const networkingV1beta1 = entries([
  servedAs(hub(ipAddress), 'v1beta1', {
    deprecation: 'networking.k8s.io/v1beta1 IPAddress is deprecated in v1.34+, unavailable in v1.37+',
  }),
  servedAs(hub(serviceCidr), 'v1beta1', {
    deprecation: 'networking.k8s.io/v1beta1 ServiceCIDR is deprecated in v1.34+, unavailable in v1.37+',
  }),
])
