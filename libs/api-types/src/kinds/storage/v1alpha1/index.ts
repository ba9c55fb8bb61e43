import { entries } from '../../entries.ts'

/** `storage.k8s.io/v1alpha1`. */
export const storageV1alpha1 = entries([])
