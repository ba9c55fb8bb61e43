import type { PodInfo } from './pod-info.ts'

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 }

/**
 * The `count` pods that cost least when they are deleted: not assigned, not running, not ready, cheap by annotation, beside
 * most siblings on their node, ready for a short time, often restarted, young. Ages are compared by their magnitude, so that
 * not always the youngest go. `related` are the pods of all ReplicaSets of the same owner. Pure.
 */
export function podsToDelete(
  pods: readonly PodInfo[],
  related: readonly PodInfo[],
  count: number,
  now: number,
): PodInfo[] {
  if (count >= pods.length) return [...pods]
  const onNode = new Map<string, number>()
  for (const pod of related)
    if (pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && !pod.deleting)
      onNode.set(pod.nodeName, (onNode.get(pod.nodeName) ?? 0) + 1)
  const rank = (pod: PodInfo) => onNode.get(pod.nodeName) ?? 0
  return [...pods].sort((a, b) => compare(a, b, rank, now)).slice(0, count)
}

function compare(a: PodInfo, b: PodInfo, rank: (pod: PodInfo) => number, now: number): number {
  const assigned = Number(a.nodeName !== '') - Number(b.nodeName !== '')
  if (assigned !== 0) return assigned
  const phase = (phaseOrder[a.phase] ?? 0) - (phaseOrder[b.phase] ?? 0)
  if (phase !== 0) return phase
  const ready = Number(a.ready) - Number(b.ready)
  if (ready !== 0) return ready
  if (a.deletionCost !== b.deletionCost) return a.deletionCost - b.deletionCost
  const crowded = rank(b) - rank(a)
  if (crowded !== 0) return crowded
  if (a.ready && b.ready && a.readySince !== b.readySince) return compareAges(a, b, a.readySince, b.readySince, now)
  if (a.restarts !== b.restarts) return b.restarts - a.restarts
  if (a.sidecarRestarts !== b.sidecarRestarts) return b.sidecarRestarts - a.sidecarRestarts
  if (a.created !== b.created) return compareAges(a, b, a.created, b.created, now)
  return 0
}

/** Unknown before known, young before old; within one power of two the uid decides, which is as good as chance. */
function compareAges(a: PodInfo, b: PodInfo, from: number, other: number, now: number): number {
  if (from === 0 || other === 0) return from === 0 ? -1 : 1
  const difference = magnitude(now - from) - magnitude(now - other)
  if (difference !== 0) return difference
  return a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0
}

/** Of an age, as upstream takes it: of nanoseconds. */
function magnitude(ms: number): number {
  return ms > 0 ? Math.trunc(Math.log2(ms * 1e6)) : -1
}
