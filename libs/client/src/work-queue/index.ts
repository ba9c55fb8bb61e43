export { createWorkQueue, type Outcome, type WorkQueue } from './create-work-queue.ts'
export { createRateLimiter } from './rate-limiter.ts'
