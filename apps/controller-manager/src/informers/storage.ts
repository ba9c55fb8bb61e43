import type { PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

/** Whole, since they are written back whole. */
export const claimInformer: InformerDefinition<PersistentVolumeClaim, PersistentVolumeClaim> = {
  ref: resources.persistentVolumeClaims,
}

export const volumeInformer: InformerDefinition<PersistentVolume, PersistentVolume> = {
  ref: resources.persistentVolumes,
}

export const volumeAttributesClassInformer: InformerDefinition<VolumeAttributesClass, VolumeAttributesClass> = {
  ref: resources.volumeAttributesClasses,
}
