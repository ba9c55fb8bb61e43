import { entries } from '../../entries.ts'

/** `storage.k8s.io/v1`. */
export const storageV1 = entries([])
