import type { OwnerReference, PersistentVolumeClaim, StatefulSet } from '@kubets/api-types'
import { controllerReference } from '../../owners.ts'
import { inRange, parseName } from './identity.ts'

export interface PodIdentity {
  name: string
  uid: string
}

const isOf = (kind: string, apiVersion: string, name: string) => (reference: OwnerReference) =>
  reference.kind === kind && reference.apiVersion === apiVersion && reference.name === name

function policyOf({ spec }: StatefulSet) {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = spec?.persistentVolumeClaimRetentionPolicy ?? {}
  return { withSet: whenDeleted === 'Delete', withPod: whenScaled === 'Delete' }
}

/** The claim belongs to a pod of that name that is gone: it goes too, and its successor needs another. Pure. */
export function isStale(claim: PersistentVolumeClaim, pod: PodIdentity): boolean {
  const reference = claim.metadata?.ownerReferences?.find(isOf('Pod', 'v1', pod.name))
  return reference !== undefined && reference.uid !== pod.uid
}

/** Somebody else manages the claim: the retention policy does not apply. Pure. */
export function hasOtherController(claim: PersistentVolumeClaim, set: StatefulSet, pod: PodIdentity): boolean {
  const { withSet, withPod } = policyOf(set)
  if (!withSet && !withPod) return false
  const { name = '', uid } = set.metadata ?? {}
  return (claim.metadata?.ownerReferences ?? []).some(reference => {
    if (isOf('StatefulSet', 'apps/v1', name)(reference)) return reference.uid !== uid
    if (isOf('Pod', 'v1', pod.name)(reference)) return reference.uid !== pod.uid
    return reference.controller === true
  })
}

/** The owners that make a claim go when the retention policy says so; nothing when it has them, or must not be touched. Pure. */
export function claimOwners(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: PodIdentity,
): OwnerReference[] | undefined {
  const references = claim.metadata?.ownerReferences ?? []
  const { name = '', uid = '' } = set.metadata ?? {}
  const ofSet = isOf('StatefulSet', 'apps/v1', name)
  const ofPod = isOf('Pod', 'v1', pod.name)
  // an owner of the same name that is gone: the garbage collector is about to act
  if (references.some(reference => ofSet(reference) && reference.uid !== uid) || isStale(claim, pod)) return undefined
  const others = references.filter(reference => !ofSet(reference) && !ofPod(reference))
  const owned = others.length < references.length
  if (hasOtherController(claim, set, pod)) return owned ? others : undefined
  const { withSet, withPod } = policyOf(set)
  const scaledAway = !inRange(set, parseName(pod.name).ordinal)
  const wanted = [...others]
  if (withSet && !(withPod && scaledAway)) wanted.push(controllerReference(set, 'apps/v1', 'StatefulSet'))
  if (withPod && scaledAway) wanted.push(controllerReference({ metadata: pod }, 'v1', 'Pod'))
  const key = (list: readonly OwnerReference[]) =>
    list.map(({ uid: id, controller }) => `${id} ${controller === true}`).sort()
  return String(key(wanted)) === String(key(references)) ? undefined : wanted
}
