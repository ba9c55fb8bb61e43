import type { PodInfo } from '../../pods/pod-info.ts'

const first = 10_000
const longest = 600_000

/** Failures of a Job since its last success. */
export interface FailureRecord {
  failures: number
  /** Milliseconds; 0 when there is none. */
  lastFailure: number
}

/** The record after these pods have ended. Pure. */
export function afterEnds(
  { failures, lastFailure }: FailureRecord,
  succeeded: readonly PodInfo[],
  failed: readonly PodInfo[],
): FailureRecord {
  const times = (pods: readonly PodInfo[]) => pods.map(pod => pod.job?.finishedAt ?? 0)
  if (succeeded.length === 0) {
    if (failed.length === 0) return { failures, lastFailure }
    return { failures: failures + failed.length, lastFailure: Math.max(...times(failed)) }
  }
  const lastSuccess = Math.max(...times(succeeded))
  const later = times(failed).filter(time => time > lastSuccess)
  return { failures: later.length, lastFailure: later.length === 0 ? 0 : Math.max(...later) }
}

/** Milliseconds until the next pod may be made: ten seconds after the first failure, doubled each time, ten minutes at most. */
export function remainingPause({ failures, lastFailure }: FailureRecord, now: number): number {
  if (failures === 0) return 0
  const pause = Math.min(longest, first * 2 ** (failures - 1))
  return Math.max(0, pause - (now - lastFailure))
}
