import { entries } from '../../entries.ts'

/** `storage.k8s.io/v1beta1`. */
export const storageV1beta1 = entries([])
