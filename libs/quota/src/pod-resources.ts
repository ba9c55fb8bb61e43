import type { Container, ContainerStatus, Pod } from '@kubets/api-types'
import type { Quantity } from '@kubets/apimachinery'
import { addTo, parseList, type QuantityTexts, type ResourceList, raiseTo } from './resource-list.ts'

type Amounts = Map<string, Quantity>

/** Only these can be set for the pod as a whole (KEP-2837). */
const isPodLevel = (name: string) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')

/**
 * What a pod asks for: the larger of its containers' sum and what any init container needs while it runs, or what the pod
 * as a whole asks for; overhead on top. While a container is resized in place, the largest of what it wants, has and was promised.
 */
export function podRequests(pod: Pod): ResourceList {
  const { spec } = pod
  const infeasible = resizeIsInfeasible(pod)
  const sum = aggregate(pod, (container, status) => {
    const wanted = container.resources?.requests
    if (status?.resources === undefined) return parseList(wanted)
    return largest(infeasible ? undefined : wanted, status.resources.requests, status.allocatedResources)
  })
  for (const [name, quantity] of parseList(spec?.resources?.requests)) if (isPodLevel(name)) sum.set(name, quantity)
  addTo(sum, parseList(spec?.overhead))
  return sum
}

export function podLimits(pod: Pod): ResourceList {
  const { spec } = pod
  const infeasible = resizeIsInfeasible(pod)
  const sum = aggregate(pod, (container, status) => {
    const wanted = container.resources?.limits
    if (status?.resources === undefined) return parseList(wanted)
    return largest(infeasible ? undefined : wanted, status.resources.limits)
  })
  for (const [name, quantity] of parseList(spec?.resources?.limits)) if (isPodLevel(name)) sum.set(name, quantity)
  for (const [name, quantity] of parseList(spec?.overhead)) {
    const limit = sum.get(name)
    if (limit !== undefined && !limit.isZero()) sum.set(name, limit.add(quantity))
  }
  return sum
}

/** Sidecars (init containers that always restart) run on beside what comes after them. */
function aggregate(
  { spec, status }: Pod,
  amounts: (container: Container, status: ContainerStatus | undefined) => Amounts,
): Amounts {
  const statuses = new Map(
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map(own => [own.name, own]),
  )
  const sum: Amounts = new Map()
  for (const container of spec?.containers ?? []) addTo(sum, amounts(container, statuses.get(container.name)))
  const sidecars: Amounts = new Map()
  const peak: Amounts = new Map()
  for (const container of spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      const own = amounts(container, statuses.get(container.name))
      addTo(sum, own)
      addTo(sidecars, own)
      raiseTo(peak, sidecars)
    } else {
      const own = amounts(container, undefined)
      addTo(own, sidecars)
      raiseTo(peak, own)
    }
  }
  raiseTo(sum, peak)
  return sum
}

function largest(...lists: (QuantityTexts | undefined)[]): Amounts {
  const result: Amounts = new Map()
  for (const list of lists) raiseTo(result, parseList(list))
  return result
}

function resizeIsInfeasible({ status }: Pod): boolean {
  return status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible'
}
