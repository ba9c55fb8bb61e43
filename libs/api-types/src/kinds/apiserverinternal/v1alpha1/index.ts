import { entries } from '../../entries.ts'
import { storageVersion } from './storage-version/index.ts'

/** `internal.apiserver.k8s.io/v1alpha1`. */
export const apiserverinternalV1alpha1 = entries([storageVersion])
