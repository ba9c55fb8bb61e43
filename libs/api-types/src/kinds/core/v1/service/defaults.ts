import type { Service } from '../../../../wire.ts'
import { externallyAccessible, hasNodePorts } from './shape.ts'

const affinitySeconds = 10_800

/** Upstream's defaults. Cluster addresses and node ports are given out by the api-server. */
export function applyDefaults(service: Service): void {
  service.spec ??= {}
  const { spec } = service
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  else if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinitySeconds } }
  }
  spec.type ||= 'ClusterIP'
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    port.targetPort ||= port.port ?? 0
  }
  if (externallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster'
  if (spec.type === 'ClusterIP' || hasNodePorts(service)) spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type !== 'LoadBalancer') return
  spec.allocateLoadBalancerNodePorts ??= true
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
}
