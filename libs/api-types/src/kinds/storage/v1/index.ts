import { entries } from '../../entries.ts'
import { csiDriver } from './csi-driver/index.ts'
import { csiNode } from './csi-node/index.ts'
import { csiStorageCapacity } from './csi-storage-capacity/index.ts'
import { storageClass } from './storage-class/index.ts'
import { volumeAttachment } from './volume-attachment/index.ts'
import { volumeAttributesClass } from './volume-attributes-class/index.ts'

/** `storage.k8s.io/v1`. */
export const storageV1 = entries([
  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  volumeAttributesClass,
])
