import type { SchedulerCache } from '../cache/scheduler-cache.ts'
import type { Plugin, Rejection } from '../framework/plugin.ts'
import type { PodInfo } from '../pod/pod-info.ts'
import { firstRejection, prepareFilters } from '../scheduling/algorithm.ts'

const noVictims: Pick<Rejection, 'reasons'> = { reasons: ['No preemption victims found for incoming pod'] }

/**
 * The pods that would have to leave a node: first all of lower priority are taken away; if the pod fits then, they are
 * put back, the most important first, as long as it still fits. The cache is as before when this returns.
 */
export function selectVictims(
  pod: PodInfo,
  row: number,
  cache: SchedulerCache,
  plugins: readonly Plugin[],
): { victims: PodInfo[] } | Pick<Rejection, 'reasons'> {
  const lower = [...(cache.nodes.podsOn[row] ?? [])].filter(other => other.priority < pod.priority)
  if (lower.length === 0) return noVictims
  const rejection = () => firstRejection(prepareFilters(plugins, pod, cache), row)
  const gone = new Set(lower)
  for (const other of lower) cache.suspend(other)
  try {
    const stillRejected = rejection()
    if (stillRejected !== undefined) return stillRejected
    for (const other of lower.sort(moreImportantFirst)) {
      cache.resume(other)
      gone.delete(other)
      if (rejection() === undefined) continue
      cache.suspend(other)
      gone.add(other)
    }
    return { victims: [...gone].sort(moreImportantFirst) }
  } finally {
    for (const other of gone) cache.resume(other)
  }
}

/** Higher priority first, then the one that has run longer. */
export function moreImportantFirst(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startOf(a) - startOf(b)
}

export function startOf(pod: PodInfo): number {
  return pod.startedAt || Number.MAX_SAFE_INTEGER
}
