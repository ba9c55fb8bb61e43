import type { JobStatus } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'

export type Condition = NonNullable<JobStatus['conditions']>[number]
export type ConditionType = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet' | 'Suspended'

export function condition(
  type: ConditionType,
  status: 'True' | 'False',
  reason: string,
  message: string,
  now: number,
): Condition {
  const time = formatTime(now)
  return { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message }
}

export const trueCondition = (status: JobStatus | undefined, type: ConditionType) =>
  status?.conditions?.find(own => own.type === type && own.status === 'True')

export const isFinished = (status: JobStatus | undefined) =>
  trueCondition(status, 'Complete') !== undefined || trueCondition(status, 'Failed') !== undefined

/** With the condition; nothing when it says so already, or would only say for the first time that something is not so. */
export function ensureCondition(status: JobStatus, wanted: Condition): Condition[] | undefined {
  const conditions = status.conditions ?? []
  const at = conditions.findIndex(({ type }) => type === wanted.type)
  const old = conditions[at]
  if (old === undefined) return wanted.status === 'False' ? undefined : [...conditions, wanted]
  if (old.status === wanted.status && old.reason === wanted.reason && old.message === wanted.message) return undefined
  return conditions.with(at, wanted)
}
