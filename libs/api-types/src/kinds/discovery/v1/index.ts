import { entries } from '../../entries.ts'
import { endpointSlice } from './endpoint-slice/index.ts'

/** `discovery.k8s.io/v1`. */
export const discoveryV1 = entries([endpointSlice])
