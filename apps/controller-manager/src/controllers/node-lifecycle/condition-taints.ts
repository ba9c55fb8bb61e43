import type { Taint } from '@kubets/api-types'
import type { NodeInfo } from '../../nodes/node-info.ts'
import { hasTaint, type TaintChange } from '../../nodes/taints.ts'

/** What a node's conditions keep away from it: no new pod comes to a node in such a state. */
const taintOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: 'node.kubernetes.io/not-ready', Unknown: 'node.kubernetes.io/unreachable' },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
}
const unschedulable = 'node.kubernetes.io/unschedulable'

/** The keys whose NoSchedule taints are ours: on a node that is no longer in the state they are taken away. */
const own = new Set([unschedulable, ...Object.values(taintOf).flatMap(byStatus => Object.values(byStatus))])

const noSchedule = (key: string) => ({ key, effect: 'NoSchedule' }) as Taint

/** The NoSchedule taints that the node has too few and too many. Pure. */
export function conditionTaints(node: Pick<NodeInfo, 'conditions' | 'taints' | 'unschedulable'>): TaintChange {
  const keys = node.conditions.flatMap(({ type, status }) => taintOf[type]?.[status] ?? [])
  const wanted = (node.unschedulable ? [...keys, unschedulable] : keys).map(noSchedule)
  const present = node.taints.filter(({ key, effect }) => effect === 'NoSchedule' && own.has(key))
  return {
    add: wanted.filter(taint => !hasTaint(present, taint)),
    remove: present.filter(taint => !hasTaint(wanted, taint)),
  }
}

/** What makes pods leave a node that is not ready, or that nobody hears of. */
export const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' } as Taint
export const unreachable = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' } as Taint

/** Exactly one of the two fits a status that is not True: the other goes. */
export function evictionTaints(ready: string): TaintChange {
  if (ready === 'True') return { add: [], remove: [notReady, unreachable] }
  return ready === 'False' ? { add: [notReady], remove: [unreachable] } : { add: [unreachable], remove: [notReady] }
}
