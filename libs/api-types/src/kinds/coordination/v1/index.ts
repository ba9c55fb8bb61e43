import { entries } from '../../entries.ts'
import { lease } from './lease/index.ts'

/** `coordination.k8s.io/v1`. */
export const coordinationV1 = entries([lease])
