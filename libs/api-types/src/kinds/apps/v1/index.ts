import { entries } from '../../entries.ts'

/** `apps/v1`. */
export const appsV1 = entries([])
