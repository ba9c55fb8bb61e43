import type { PersistentVolumeClaim, Pod } from '@kubets/api-types'
import { controllerOf } from '../owners.ts'

/** A claim that a pod has among its volumes. */
export interface ClaimUse {
  readonly name: string
  /** Made for the pod, and named after it: used only while the pod controls it. */
  readonly ephemeral: boolean
}

/** What a pod has to do with claims. */
export interface PodClaims {
  readonly uses: readonly ClaimUse[]
  /** It runs no more. */
  readonly ended: boolean
  /** The kubelet is done with it, or it was deleted by force: only finalizers hold it. */
  readonly shutDown: boolean
}

/** undefined for pods without claims, which most are. Pure. */
export function podClaims({ metadata, spec, status }: Pod): PodClaims | undefined {
  const uses = (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): ClaimUse[] => {
    if (persistentVolumeClaim !== undefined) return [{ name: persistentVolumeClaim.claimName, ephemeral: false }]
    return ephemeral === undefined ? [] : [{ name: `${metadata?.name ?? ''}-${name}`, ephemeral: true }]
  })
  if (uses.length === 0) return undefined
  const deleted = (metadata?.deletionTimestamp ?? '') !== ''
  const running = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].some(
    ({ state }) => state?.terminated === undefined && state?.waiting === undefined,
  )
  const phase = status?.phase
  return {
    uses,
    ended: phase === 'Failed' || phase === 'Succeeded' || (deleted && !running),
    shutDown: deleted && metadata?.deletionGracePeriodSeconds === 0,
  }
}

/** A pod, as far as it matters here. */
export interface ClaimUser {
  readonly uid: string
  readonly nodeName: string
  readonly claims?: PodClaims | undefined
}

/**
 * Whether a pod holds a claim. One without a node does not: the kubelet sees pods after they have been scheduled, and starts none whose claim is
 * being deleted. Pure.
 */
export function usesClaim(pod: ClaimUser, claim: PersistentVolumeClaim): boolean {
  const { claims } = pod
  if (claims === undefined || pod.nodeName === '') return false
  return claims.uses.some(({ name, ephemeral }) => {
    if (name !== claim.metadata?.name) return false
    return !ephemeral || (!claims.shutDown && controllerOf(claim)?.uid === pod.uid)
  })
}
