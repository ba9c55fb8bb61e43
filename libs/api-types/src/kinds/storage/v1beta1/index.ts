import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { volumeAttributesClass } from '../v1/volume-attributes-class/index.ts'

/** `storage.k8s.io/v1beta1`. */
export const storageV1beta1 = entries([servedAs(volumeAttributesClass, 'v1beta1')])
