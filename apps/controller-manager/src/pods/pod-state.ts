import type { PodInfo } from './pod-info.ts'

/** Neither ended nor told to end. */
export function isActive({ phase, deleting }: PodInfo): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed' && !deleting
}

/** Told to end, but not there yet. */
export function isTerminating({ phase, deleting }: PodInfo): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed' && deleting
}

/** Ready for long enough. */
export function isAvailable(pod: PodInfo, minReadySeconds: number, now: number): boolean {
  if (!pod.ready) return false
  if (minReadySeconds === 0) return true
  return pod.readySince !== 0 && pod.readySince + minReadySeconds * 1_000 <= now
}

/** Milliseconds until the first of the pods becomes available by mere waiting; nothing when none will. */
export function nextAvailability(pods: readonly PodInfo[], minReadySeconds: number, now: number): number | undefined {
  let soonest: number | undefined
  for (const { ready, readySince } of pods) {
    if (!ready || readySince === 0) continue
    const left = readySince + minReadySeconds * 1_000 - now
    if (left > 0 && (soonest === undefined || left < soonest)) soonest = left
  }
  return soonest
}
