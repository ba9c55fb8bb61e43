import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../../wire.ts'
import { requirementsDefaults, resourceListDefaults } from '../resource/defaults.ts'

/** Defaults of a claim's spec, in a claim or in a template of one. */
export function claimSpecDefaults(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem'
  requirementsDefaults(spec.resources)
}

export function applyDefaults(claim: PersistentVolumeClaim): void {
  claim.status ??= {}
  claim.status.phase ||= 'Pending'
  claim.spec ??= {}
  claimSpecDefaults(claim.spec)
  resourceListDefaults(claim.status.capacity)
  resourceListDefaults(claim.status.allocatedResources)
}
