import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../../wire.ts'
import { fractionalBytes } from '../resource/checks.ts'
import { betaStorageClass } from '../volume/defaults.ts'

export function claimSpecWarnings({ resources }: PersistentVolumeClaimSpec, path: string): string[] {
  return [
    ...fractionalBytes(resources?.requests?.storage, `${path}.resources.requests[storage]`),
    ...fractionalBytes(resources?.limits?.storage, `${path}.resources.limits[storage]`),
  ]
}

export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  const warnings: string[] = []
  if (metadata?.annotations?.[betaStorageClass] !== undefined) {
    warnings.push(
      `metadata.annotations[${betaStorageClass}]: deprecated since v1.8; use "storageClassName" attribute instead`,
    )
  }
  return spec === undefined ? warnings : [...warnings, ...claimSpecWarnings(spec, 'spec')]
}
