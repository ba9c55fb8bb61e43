import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type StorageClass = Wire<k8s.V1StorageClass>
export type VolumeAttachment = Wire<k8s.V1VolumeAttachment>
export type VolumeAttributesClass = Wire<k8s.V1VolumeAttributesClass>
export type CSIDriver = Wire<k8s.V1CSIDriver>
export type CSINode = Wire<k8s.V1CSINode>
export type CSIStorageCapacity = Wire<k8s.V1CSIStorageCapacity>
