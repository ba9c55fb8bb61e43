import type { PersistentVolume } from '../../../../wire.ts'
import { resourceListDefaults } from '../resource/defaults.ts'
import { sharedSourceDefaults } from '../volume/defaults.ts'

export function applyDefaults(volume: PersistentVolume): void {
  volume.status ??= {}
  volume.status.phase ||= 'Pending'
  volume.spec ??= {}
  const { spec } = volume
  spec.persistentVolumeReclaimPolicy ||= 'Retain'
  spec.volumeMode ??= 'Filesystem'
  resourceListDefaults(spec.capacity)
  sharedSourceDefaults(spec)
}
