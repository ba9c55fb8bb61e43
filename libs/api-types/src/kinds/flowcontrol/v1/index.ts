import { entries } from '../../entries.ts'

/** `flowcontrol.apiserver.k8s.io/v1`. */
export const flowcontrolV1 = entries([])
