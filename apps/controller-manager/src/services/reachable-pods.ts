import type { ServiceInfo } from '../informers/services.ts'
import { sameLabels } from '../owners.ts'
import { sameEndpoint } from '../pods/pod-endpoint.ts'
import type { PodInfo } from '../pods/pod-info.ts'
import { isActive } from '../pods/pod-state.ts'

type ServicePort = ServiceInfo['ports'][number]

export function selects({ selector }: ServiceInfo, { labels }: Pick<PodInfo, 'labels'>): boolean {
  return selector !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** Not what has ended, and not what has no address yet. */
export function isReachable(pod: PodInfo, terminatingToo: boolean): boolean {
  if (pod.endpoint.ips.length === 0) return false
  return isActive(pod) || (terminatingToo && pod.phase !== 'Succeeded' && pod.phase !== 'Failed')
}

/** The port of a pod that a Service's port leads to; nothing when the pod has none of that name. */
export function targetPort(pod: PodInfo, port: ServicePort): number | undefined {
  const target = port.targetPort as number | string | undefined
  if (typeof target === 'number') return target
  if (target === undefined) return port.port
  return pod.endpoint.ports.find(({ name, protocol }) => name === target && protocol === (port.protocol ?? 'TCP'))?.port
}

/** The name that DNS has for the pod within the Service. */
export function hostnameIn(service: ServiceInfo, { endpoint, namespace }: PodInfo): string | undefined {
  const named = endpoint.hostname !== '' && endpoint.subdomain === service.name && namespace === service.namespace
  return named ? endpoint.hostname : undefined
}

/** Whether a change of a pod can change where Services lead. */
export function leadsElsewhere(pod: PodInfo, old: PodInfo): boolean {
  return (
    pod.ready !== old.ready ||
    pod.deleting !== old.deleting ||
    pod.phase !== old.phase ||
    pod.nodeName !== old.nodeName ||
    !sameEndpoint(pod.endpoint, old.endpoint) ||
    !sameLabels(pod.labels, old.labels)
  )
}
