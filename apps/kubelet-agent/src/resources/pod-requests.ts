import type { Container, Pod } from '@kubets/api-types'
import { milli, type ResourceList, whole } from './quantities.ts'

/** What a pod needs at its peak: the containers together, or an init container with the sidecars before it, whichever is more; plus overhead. */
export function podRequests(pod: Pod, kind: 'requests' | 'limits' = 'requests'): Map<string, number> {
  const of = (container: Container) => amounts(container.resources?.[kind] as ResourceList | undefined)
  const total = new Map<string, number>()
  for (const container of pod.spec?.containers ?? []) add(total, of(container))
  const sidecars = new Map<string, number>()
  const peak = new Map<string, number>()
  for (const container of pod.spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      add(total, of(container))
      add(sidecars, of(container))
      max(peak, sidecars)
    } else {
      const here = new Map(sidecars)
      add(here, of(container))
      max(peak, here)
    }
  }
  max(total, peak)
  if (kind === 'requests' || total.size > 0) add(total, amounts(pod.spec?.overhead as ResourceList | undefined))
  return total
}

/** cpu in thousandths, everything else in whole units. */
export function amounts(list: ResourceList | undefined): Map<string, number> {
  return new Map(Object.keys(list ?? {}).map(name => [name, name === 'cpu' ? milli(list, name) : whole(list, name)]))
}

function add(to: Map<string, number>, more: Map<string, number>): void {
  for (const [name, value] of more) to.set(name, (to.get(name) ?? 0) + value)
}

function max(to: Map<string, number>, other: Map<string, number>): void {
  for (const [name, value] of other) to.set(name, Math.max(to.get(name) ?? 0, value))
}
