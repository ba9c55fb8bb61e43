import { entries } from '../../entries.ts'
import { cronJob } from './cron-job/index.ts'
import { job } from './job/index.ts'

/** `batch/v1`. */
export const batchV1 = entries([cronJob, job])
