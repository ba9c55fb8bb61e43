import { entries } from '../../entries.ts'

/** `internal.apiserver.k8s.io/v1alpha1`. */
export const apiserverinternalV1alpha1 = entries([])
