import { hasNodePorts, needsClusterIp, needsHealthCheck, type Service, sameList } from '@kubets/api-types'

/** `clusterIP` is older than `clusterIPs`: who knows only the first means both. */
export function alignClusterIps({ spec }: Service, old?: Service): void {
  if (spec === undefined) return
  const ip = spec.clusterIP ?? ''
  const has = (list: readonly string[] | undefined): list is string[] => (list ?? []).length > 0
  if (old === undefined) {
    if (ip !== '' && !has(spec.clusterIPs)) spec.clusterIPs = [ip]
    return
  }
  const before = old.spec?.clusterIP ?? ''
  const beforeAll = old.spec?.clusterIPs
  if (before === ip) {
    // an old client's update that knows nothing of the second field
    if (has(beforeAll) && !has(spec.clusterIPs)) spec.clusterIPs = [...beforeAll]
  } else if (sameList(spec.clusterIPs, beforeAll)) {
    if (ip === '') delete spec.clusterIPs
    else spec.clusterIPs = [ip]
  }
}

const opensNodePorts = (service: Service) =>
  hasNodePorts(service) && (service.spec?.type === 'NodePort' || service.spec?.allocateLoadBalancerNodePorts !== false)

/** An update that leaves out what the cluster has given means what it has: who sends his own manifest again changes nothing. */
export function keepAllocated(service: Service, old: Service): void {
  const { spec } = service
  const before = old.spec ?? {}
  if (spec === undefined) return
  if (needsClusterIp(old) && needsClusterIp(service)) {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP
    if (!spec.clusterIPs?.length && before.clusterIPs?.length) spec.clusterIPs = [...before.clusterIPs]
  }
  if (opensNodePorts(old) && opensNodePorts(service)) {
    const numbers = ({ ports = [] }: NonNullable<Service['spec']>) => ports.map(({ nodePort }) => nodePort ?? 0)
    const now = new Set(numbers(spec))
    // a port that the update gives to another entry is not to be had
    const used = new Set(numbers(before).filter(port => port !== 0 && now.has(port)))
    const byName = new Map((before.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]))
    for (const port of spec.ports ?? []) {
      const known = byName.get(port.name ?? '')
      if (!port.nodePort && known && !used.has(known)) port.nodePort = known
    }
  }
  if (needsHealthCheck(old) && needsHealthCheck(service) && !spec.healthCheckNodePort && before.healthCheckNodePort) {
    spec.healthCheckNodePort = before.healthCheckNodePort
  }
}
