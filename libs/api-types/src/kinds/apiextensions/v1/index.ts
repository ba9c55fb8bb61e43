import { entries } from '../../entries.ts'

/** `apiextensions.k8s.io/v1`. */
export const apiextensionsV1 = entries([])
