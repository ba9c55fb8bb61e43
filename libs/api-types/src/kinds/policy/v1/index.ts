import { entries } from '../../entries.ts'

/** `policy/v1`. */
export const policyV1 = entries([])
