import type { Node, Pod } from '@kubets/api-types'
import { matchesNode, neededFeatures, toleratesAll } from '@kubets/apimachinery'
import { amounts, podRequests } from '../resources/pod-requests.ts'
import type { ResourceList } from '../resources/quantities.ts'

export interface Rejection {
  reason: string
  message: string
}

/**
 * Whether the node takes a pod that somebody has bound to it: operating system, resources, node selector and required affinity, host ports and
 * NoExecute taints, in the order in which upstream's kubelet looks again.
 * `others` are the pods that run here already.
 */
export function admitPod(
  pod: Pod,
  node: Node | undefined,
  allocatable: ResourceList,
  others: Iterable<Pod>,
): Rejection | undefined {
  if (pod.metadata?.labels?.['kubernetes.io/os'] !== undefined && pod.metadata.labels['kubernetes.io/os'] !== 'linux')
    return {
      reason: 'PodOSSelectorNodeLabelDoesNotMatch',
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    }
  if (pod.spec?.os !== undefined && pod.spec.os.name !== 'linux')
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" }
  // this kubelet declares no features: whoever bound the pod here did not look
  const lacking = neededFeatures(pod.spec)
  if (lacking.length > 0)
    return {
      reason: 'PodFeatureUnsupported',
      message: `Pod requires node features that are not available: ${lacking.join(', ')}`,
    }
  const used = new Map<string, number>()
  let pods = 0
  const ports = new Set<string>()
  for (const other of others) {
    pods++
    for (const [name, value] of podRequests(other)) used.set(name, (used.get(name) ?? 0) + value)
    for (const port of hostPorts(other)) ports.add(port)
  }
  const total = amounts(allocatable)
  if (pods + 1 > (total.get('pods') ?? 110)) return outOf('pods', 1, pods, total.get('pods') ?? 110)
  for (const [name, value] of podRequests(pod)) {
    if (value === 0 || (isExtended(name) && !total.has(name))) continue
    const capacity = total.get(name) ?? 0
    const taken = used.get(name) ?? 0
    if (taken + value > capacity) return outOf(name, value, taken, capacity)
  }
  const { name = '', labels = {} } = node?.metadata ?? {}
  if (node !== undefined && pod.spec !== undefined && !matchesNode(pod.spec, { name, labels }))
    return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
  if (hostPorts(pod).some(port => ports.has(port)))
    return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports")
  if (!toleratesAll(pod.spec?.tolerations ?? [], node?.spec?.taints ?? [], ['NoExecute']))
    return predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate")
  return undefined
}

const predicate = (reason: string, why: string): Rejection => ({
  reason,
  message: `Pod was rejected: Predicate ${reason} failed: ${why}`,
})

/** Devices and the like, not what every node has: one that the node does not know may be given out by somebody else, so it is not asked for. */
function isExtended(resource: string): boolean {
  return resource.includes('/') && !resource.includes('kubernetes.io/') && !resource.startsWith('requests.')
}

const ofTheNode = ['NodeAffinity', 'TaintToleration']

/**
 * Admission by the node as it was seen last. A pod that its labels or taints do not let in may have been placed by newer ones: the API is
 * asked for the node before the pod is rejected, which is for ever. When it gives no answer, what was seen counts.
 */
export async function admitBySomeNode(
  admit: (node: Node | undefined) => Rejection | undefined,
  seen: Node | undefined,
  newest: () => Promise<Node>,
): Promise<Rejection | undefined> {
  const rejection = admit(seen)
  if (rejection === undefined || !ofTheNode.includes(rejection.reason)) return rejection
  const node = await newest().catch(() => undefined)
  return node === undefined ? rejection : admit(node)
}

function outOf(resource: string, requested: number, used: number, capacity: number): Rejection {
  return {
    reason: `OutOf${resource}`,
    message: `Pod was rejected: Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  }
}

function hostPorts(pod: Pod): string[] {
  return (pod.spec?.containers ?? []).flatMap(container =>
    (container.ports ?? [])
      .map(port => ({ ...port, host: port.hostPort ?? (pod.spec?.hostNetwork ? port.containerPort : undefined) }))
      .filter(port => port.host !== undefined && port.host > 0)
      .map(port => `${port.protocol ?? 'TCP'}/${port.hostIP ?? '0.0.0.0'}/${port.host}`),
  )
}
