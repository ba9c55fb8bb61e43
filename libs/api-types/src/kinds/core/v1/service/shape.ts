import type { Service } from '../../../../wire.ts'

/** Every type but ExternalName has a cluster IP, be it `None`. */
export const needsClusterIp = ({ spec }: Service): boolean => spec?.type !== 'ExternalName'

/** Its ports are open on every node (a load balancer may do without). */
export const hasNodePorts = ({ spec }: Service): boolean => spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'

/** A load balancer that sends only to nodes with endpoints asks each node whether it has some. */
export const needsHealthCheck = ({ spec }: Service): boolean =>
  spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

export const externallyAccessible = ({ spec }: Service): boolean =>
  spec?.type === 'LoadBalancer' ||
  spec?.type === 'NodePort' ||
  (spec?.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)

export const isHeadless = ({ spec }: Service): boolean =>
  spec?.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None'

export const sameList = (a: readonly string[] = [], b: readonly string[] = []): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])
