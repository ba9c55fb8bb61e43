/**
 * As whom the control plane runs when root starts it: each service under a number of its own, so that none reads another one's keys. The numbers
 * are nobody's on a usual machine: Debian reserves 65000 to 65533, systemd's dynamic users end at 65519, and images like 65532 and 65534.
 */
export const serviceUsers = {
  'api-server': 65_521,
  scheduler: 65_522,
  'controller-manager': 65_523,
  etcd: 65_524,
} as const

export type ServiceName = keyof typeof serviceUsers

/** The group of all of them: it may enter and list the cluster's folders, no more. */
export const serviceGroup = 65_520

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export const root: Owner = { uid: 0, gid: 0 }

export const userOf = (service: ServiceName): Owner => ({ uid: serviceUsers[service], gid: serviceGroup })
