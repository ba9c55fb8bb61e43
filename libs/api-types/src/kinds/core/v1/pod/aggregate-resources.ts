import { Quantity } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../wire.ts'
import type { ResourceList } from '../resource/checks.ts'
import { isRestartable } from './containers.ts'

type Amounts = Map<string, Quantity>

function add(to: Amounts, list: ResourceList | undefined): void {
  for (const name in list) {
    const value = Quantity.parse(list[name] ?? '0')
    const before = to.get(name)
    to.set(name, before === undefined ? value : before.add(value))
  }
}

function raise(to: Amounts, other: Amounts): void {
  for (const [name, value] of other) {
    const before = to.get(name)
    if (before === undefined || value.compare(before) > 0) to.set(name, value)
  }
}

/**
 * What a pod's containers need together at their worst moment: all containers and sidecars at once, or one init container beside the
 * sidecars that began before it (KEP-753).
 */
export function aggregate(spec: PodSpec, part: 'requests' | 'limits'): ReadonlyMap<string, Quantity> {
  const running: Amounts = new Map()
  for (const { resources } of spec.containers ?? []) add(running, resources?.[part])
  const sidecars: Amounts = new Map()
  const starting: Amounts = new Map()
  for (const container of spec.initContainers ?? []) {
    const own = container.resources?.[part]
    if (isRestartable(container)) {
      add(running, own)
      add(sidecars, own)
      raise(starting, sidecars)
    } else {
      const moment: Amounts = new Map()
      add(moment, own)
      for (const [name, value] of sidecars) moment.set(name, moment.get(name)?.add(value) ?? value)
      raise(starting, moment)
    }
  }
  raise(running, starting)
  return running
}
