import type { Node, Pod } from '@kubets/api-types'

/**
 * The rules read off the documentation, object by object, without columns, templates or indexes: what the tests hold
 * the algorithm against. It knows what the generated clusters use: CPU, memory, pod count, nodeSelector, one taint,
 * host ports.
 */
export function naiveFit(pod: Pod, node: Node, pods: readonly Pod[]): string[] {
  const spec = pod.spec
  if (node.spec?.unschedulable) return ['node(s) were unschedulable']
  const tolerates = (spec?.tolerations ?? []).length > 0
  if (node.spec?.taints?.some(t => t.effect !== 'PreferNoSchedule') && !tolerates)
    return ['node(s) had untolerated taint(s)']
  for (const [key, value] of Object.entries(spec?.nodeSelector ?? {}))
    if (node.metadata?.labels?.[key] !== value) return ["node(s) didn't match Pod's node affinity/selector"]
  const there = pods.filter(other => other.spec?.nodeName === node.metadata?.name)
  const ports = (of: Pod) => of.spec?.containers.flatMap(c => c.ports?.map(port => port.hostPort) ?? []) ?? []
  if (ports(pod).some(port => there.some(other => ports(other).includes(port))))
    return ["node(s) didn't have free ports for the requested pod ports"]
  const reasons: string[] = []
  if (there.length + 1 > Number(node.status?.allocatable?.pods)) reasons.push('Too many pods')
  for (const resource of ['cpu', 'memory'] as const) {
    const wanted = amount(pod, resource)
    const used = there.reduce((sum, other) => sum + amount(other, resource), 0)
    if (wanted > 0 && used + wanted > capacity(node, resource)) reasons.push(`Insufficient ${resource}`)
  }
  return reasons
}

/** Weighted sums by node name: TaintToleration 3, LeastAllocated 1, BalancedAllocation 1. */
export function naiveScore(pod: Pod, fitting: readonly Node[], pods: readonly Pod[]): Map<string, number> {
  const soft = (node: Node) =>
    node.spec?.taints?.filter(
      t => t.effect === 'PreferNoSchedule' && !(pod.spec?.tolerations ?? []).some(tol => tol.key === t.key),
    ).length ?? 0
  const mostSoft = Math.max(0, ...fitting.map(soft))
  return new Map(
    fitting.map(node => {
      const there = [...pods.filter(other => other.spec?.nodeName === node.metadata?.name), pod]
      const taints = mostSoft === 0 ? 100 : 100 - Math.floor((100 * soft(node)) / mostSoft)
      const least = (['cpu', 'memory'] as const).map(resource => {
        const used = there.reduce((sum, other) => sum + (amount(other, resource, 'spread') ?? 0), 0)
        const all = capacity(node, resource)
        return used > all ? 0 : Math.floor(((all - used) * 100) / all)
      })
      const shares = (['cpu', 'memory'] as const).map(resource =>
        Math.min(1, there.reduce((sum, other) => sum + amount(other, resource), 0) / capacity(node, resource)),
      )
      const asksForNothing = amount(pod, 'cpu') === 0 && amount(pod, 'memory') === 0
      const [first = 0, second = 0] = shares
      const balanced = asksForNothing ? 0 : Math.floor((1 - Math.abs((first - second) / 2)) * 100)
      const [cpu = 0, memory = 0] = least
      return [node.metadata?.name ?? '', 3 * taints + Math.floor((cpu + memory) / 2) + balanced]
    }),
  )
}

const GI = 2 ** 30

function capacity(node: Node, resource: 'cpu' | 'memory'): number {
  const text = node.status?.allocatable?.[resource] ?? '0'
  return resource === 'cpu' ? Number(text) * 1_000 : Number(text.replace('Gi', '')) * GI
}

function amount(pod: Pod, resource: 'cpu' | 'memory', defaults?: 'spread'): number {
  const text = pod.spec?.containers[0]?.resources?.requests?.[resource]
  if (text === undefined) return defaults === undefined ? 0 : resource === 'cpu' ? 100 : 200 * 2 ** 20
  return resource === 'cpu' ? Number(text.replace('m', '')) : Number(text.replace('Gi', '')) * GI
}
