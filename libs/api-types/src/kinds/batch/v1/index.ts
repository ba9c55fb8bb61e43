import { entries } from '../../entries.ts'

/** `batch/v1`. */
export const batchV1 = entries([])
