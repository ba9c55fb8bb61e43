import { entries } from '../../entries.ts'

/** `node.k8s.io/v1`. */
export const nodeV1 = entries([])
