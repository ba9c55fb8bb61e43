import type { Service } from '../../../../wire.ts'
import { externallyAccessible, hasNodePorts, needsClusterIp, needsHealthCheck, sameList } from './shape.ts'

type Spec = NonNullable<Service['spec']>

/**
 * Takes away what an update to another type leaves behind: fields that the new type does not have, that the cluster may have set
 * itself, and that the writer did not touch (what he did touch is validated, and refused).
 */
export function dropFieldsOfOldType(service: Service, old: Service): void {
  const spec = service.spec ?? {}
  service.spec = spec
  const before = old.spec ?? {}
  if (needsClusterIp(old) && !needsClusterIp(service)) dropAddresses(spec, before)
  if (hasNodePorts(old) && !hasNodePorts(service) && !hasNewNodePorts(spec, before)) {
    for (const port of spec.ports ?? []) delete port.nodePort
  }
  const drop = (applies: (service: Service) => boolean, key: keyof Spec) => {
    if (applies(old) && !applies(service) && spec[key] === before[key]) delete spec[key]
  }
  const balanced = ({ spec }: Service) => spec?.type === 'LoadBalancer'
  drop(needsHealthCheck, 'healthCheckNodePort')
  drop(balanced, 'allocateLoadBalancerNodePorts')
  drop(balanced, 'loadBalancerClass')
  drop(externallyAccessible, 'externalTrafficPolicy')
  // the load balancer goes away later, its addresses mean nothing now
  if (!balanced(service)) service.status = { ...service.status, loadBalancer: {} }
}

function dropAddresses(spec: Spec, before: Spec): void {
  if ((spec.clusterIP ?? '') === (before.clusterIP ?? '') && sameList(spec.clusterIPs, before.clusterIPs)) {
    delete spec.clusterIP
    delete spec.clusterIPs
  }
  if (sameList(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies
  if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy
}

function hasNewNodePorts(spec: Spec, before: Spec): boolean {
  const known = new Set((before.ports ?? []).map(({ nodePort }) => nodePort))
  return (spec.ports ?? []).some(({ nodePort }) => nodePort && !known.has(nodePort))
}
