import type { PodDisruptionBudget } from '@kubets/api-types'
import { type IntOrPercent, scaled } from '../../int-or-percent.ts'
import type { PodInfo } from '../../pods/pod-info.ts'

/** How many pods a pod's controller wants, and who that is in the end: a ReplicaSet's Deployment. Nothing: it is no more. Throws where its kind has no size. */
export type ScaleOf = (pod: PodInfo) => { uid: string; replicas: number } | undefined

export interface Expected {
  expected: number
  /** So many must stay healthy. */
  desired: number
  /** The sum leaves out pods that nobody controls. */
  unmanaged: boolean
}

/** A share is one of what the pods' controllers want together, not of what is there at the moment. */
export function expectedPods({ spec }: PodDisruptionBudget, pods: readonly PodInfo[], scaleOf: ScaleOf): Expected {
  const mayMiss = spec?.maxUnavailable as IntOrPercent
  const mustHave = spec?.minAvailable as IntOrPercent
  if (mayMiss !== undefined) {
    const { expected, unmanaged } = wanted(pods, scaleOf)
    return { expected, unmanaged, desired: Math.max(0, expected - scaled(mayMiss, expected, 'up')) }
  }
  if (typeof mustHave !== 'string')
    return { expected: mustHave === undefined ? 0 : pods.length, desired: mustHave ?? 0, unmanaged: false }
  const { expected, unmanaged } = wanted(pods, scaleOf)
  return { expected, unmanaged, desired: scaled(mustHave, expected, 'up') }
}

function wanted(pods: readonly PodInfo[], scaleOf: ScaleOf): { expected: number; unmanaged: boolean } {
  const sizes = new Map<string, number>()
  const seen = new Set<string>()
  let unmanaged = false
  for (const pod of pods) {
    if (pod.controller === undefined) {
      unmanaged = true
      continue
    }
    if (seen.has(pod.controller.uid)) continue
    seen.add(pod.controller.uid)
    const scale = scaleOf(pod)
    if (scale === undefined) throw new Error(`found no controllers for pod ${JSON.stringify(pod.name)}`)
    sizes.set(scale.uid, scale.replicas)
  }
  return { expected: [...sizes.values()].reduce((sum, size) => sum + size, 0), unmanaged }
}
