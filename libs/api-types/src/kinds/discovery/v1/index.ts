import { entries } from '../../entries.ts'

/** `discovery.k8s.io/v1`. */
export const discoveryV1 = entries([])
