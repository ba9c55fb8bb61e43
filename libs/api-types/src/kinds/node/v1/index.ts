import { entries } from '../../entries.ts'
import { runtimeClass } from './runtime-class/index.ts'

/** `node.k8s.io/v1`. */
export const nodeV1 = entries([runtimeClass])
