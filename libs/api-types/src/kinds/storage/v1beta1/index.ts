import { servedAs } from '../../define-kind.ts'
import { deprecated, entries } from '../../entries.ts'
import { volumeAttributesClass } from '../v1/volume-attributes-class/index.ts'

/** `storage.k8s.io/v1beta1`. */
export const storageV1beta1 = deprecated(
  entries([servedAs(volumeAttributesClass, 'v1beta1')]),
  'v1.34',
  'v1.37',
  'storage.k8s.io/v1',
)
