import type { Node, Pod } from '@kubets/api-types'
import { amounts, podRequests } from '../resources/pod-requests.ts'
import type { ResourceList } from '../resources/quantities.ts'

export interface Rejection {
  reason: string
  message: string
}

/**
 * Whether the node takes a pod that somebody has bound to it: resources, host ports, node selector and affinity by name, as upstream checks again.
 * `others` are the pods that run here already.
 */
export function admitPod(
  pod: Pod,
  node: Node | undefined,
  allocatable: ResourceList,
  others: Iterable<Pod>,
): Rejection | undefined {
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
    if (value === 0) continue
    const capacity = total.get(name) ?? 0
    const taken = used.get(name) ?? 0
    if (taken + value > capacity) return outOf(name, value, taken, capacity)
  }
  const labels = node?.metadata?.labels
  const selector = pod.spec?.nodeSelector
  if (selector && labels && Object.entries(selector).some(([key, value]) => labels[key] !== value))
    return {
      reason: 'NodeAffinity',
      message: "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    }
  if (hostPorts(pod).some(port => ports.has(port)))
    return {
      reason: 'NodePorts',
      message:
        "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    }
  return undefined
}

/**
 * Admission by the node as it was seen last. A pod whose selector that one does not match may have been placed by a label that is
 * newer: the API is asked for the node before the pod is rejected, which is for ever. When it gives no answer, what was seen counts.
 */
export async function admitBySomeNode(
  admit: (node: Node | undefined) => Rejection | undefined,
  seen: Node | undefined,
  newest: () => Promise<Node>,
): Promise<Rejection | undefined> {
  const rejection = admit(seen)
  if (rejection?.reason !== 'NodeAffinity') return rejection
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
