import type { DaemonSetStatus } from '@kubets/api-types'
import { isAvailable } from '../../pods/pod-state.ts'
import { byAge, type DaemonState, shouldRun } from './placement.ts'
import { isUpdated, templateGeneration } from './template.ts'

export type DaemonCounts = Pick<
  DaemonSetStatus,
  | 'desiredNumberScheduled'
  | 'currentNumberScheduled'
  | 'numberMisscheduled'
  | 'numberReady'
  | 'updatedNumberScheduled'
  | 'numberAvailable'
  | 'numberUnavailable'
>

/** How many nodes have what they should. Pure. */
export function countDaemons({ daemonSet, hash, nodes, podsByNode, now }: DaemonState): DaemonCounts {
  const generation = templateGeneration(daemonSet)
  let [desired, current, misscheduled, ready, updated, available] = [0, 0, 0, 0, 0, 0]
  for (const node of nodes) {
    const pods = podsByNode.get(node.name) ?? []
    if (!shouldRun(daemonSet, node).run) {
      if (pods.length > 0) misscheduled++
      continue
    }
    desired++
    const [first] = [...pods].sort(byAge)
    if (first === undefined) continue
    current++
    if (first.ready) ready++
    if (isAvailable(first, daemonSet.spec?.minReadySeconds ?? 0, now)) available++
    if (isUpdated(first.labels, hash, generation)) updated++
  }
  return {
    desiredNumberScheduled: desired,
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    numberReady: ready,
    updatedNumberScheduled: updated,
    numberAvailable: available,
    numberUnavailable: desired - available,
  }
}

export function sameCounts(status: DaemonSetStatus | undefined, counts: DaemonCounts): boolean {
  return Object.entries(counts).every(([name, count]) => (status?.[name as keyof DaemonCounts] ?? 0) === count)
}
