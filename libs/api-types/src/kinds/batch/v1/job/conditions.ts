import type { Job } from '../../types.ts'

export type JobConditionType = 'Suspended' | 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet'

const hasCondition = ({ status }: Job, type: JobConditionType, wanted: string): boolean =>
  (status?.conditions ?? []).some(condition => condition.type === type && condition.status === wanted)

export const isTrue = (job: Job, type: JobConditionType): boolean => hasCondition(job, type, 'True')
export const isFalse = (job: Job, type: JobConditionType): boolean => hasCondition(job, type, 'False')
export const isFinished = (job: Job): boolean => isTrue(job, 'Complete') || isTrue(job, 'Failed')
