import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { volumeAttributesClass } from '../v1/volume-attributes-class/index.ts'

/** `storage.k8s.io/v1beta1`. */
export const storageV1beta1 = entries([
  servedAs(volumeAttributesClass, 'v1beta1', {
    deprecation:
      'storage.k8s.io/v1beta1 VolumeAttributesClass is deprecated in v1.34+, unavailable in v1.37+; use storage.k8s.io/v1 VolumeAttributesClass',
  }),
])
