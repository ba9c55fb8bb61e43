import { type FieldError, field, immutable, semanticEqual } from '@kubets/apimachinery'
import { internalForm } from '../../../../validation/internal-form.ts'
import { notNegativeCounts } from '../../../../validation/numbers.ts'
import { invalidPlace } from '../../../../validation/without-value.ts'
import type { Job, JobSpec, JobStatus } from '../../../types.ts'
import { isFalse, isFinished, isTrue, type JobConditionType } from '../conditions.ts'
import { countIndexes, overlap } from './indexes.ts'

const at = (name: keyof JobStatus) => `status.${name}`
const conditions = (text: string) => invalidPlace(at('conditions'), text)

/** What of a status is new. A rule is only asked where its own fields changed, so that an old fault does not block other writes. */
interface Changes {
  has(name: keyof JobStatus): boolean
  condition(type: JobConditionType): boolean
  readonly finished: boolean
}

function changesOf(job: Job, old: Job): Changes {
  const [now, before] = [job.status ?? {}, old.status ?? {}]
  const plain = new Set(['active', 'completedIndexes'])
  return {
    has: name =>
      plain.has(name)
        ? (now[name] || undefined) !== (before[name] || undefined)
        : !semanticEqual(now[name], before[name]),
    condition: type => isTrue(job, type) !== isTrue(old, type),
    finished: isFinished(job) !== isFinished(old),
  }
}

/** A Job's controller may be anybody's (`managedBy`): what it reports has to make sense, and never goes back. */
export function validateJobStatusUpdate(job: Job, old: Job): FieldError[] {
  const changed = changesOf(job, old)
  return [
    ...notNegativeCounts(job.status ?? {}, ['active', 'succeeded', 'failed', 'ready', 'terminating'], 'status'),
    ...validateUncounted(job.status ?? {}),
    ...validateOutcome(job, changed),
    ...validateFinished(job, changed),
    ...validateIndexes(job, changed),
    ...validatePods(job, changed),
    ...validateSuccess(job),
    ...validateTransition(job, old, changed),
  ]
}

function validateUncounted({ uncountedTerminatedPods: pods }: JobStatus): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const list of ['succeeded', 'failed'] as const) {
    pods?.[list]?.forEach((uid, index) => {
      const path = `${at('uncountedTerminatedPods')}.${list}[${index}]`
      if (uid === '') errors.push(field.invalid(path, uid, 'must not be empty'))
      else if (seen.has(uid)) errors.push(field.duplicate(path, uid))
      else seen.add(uid)
    })
  }
  return errors
}

/** Complete, Failed, and when. */
function validateOutcome(job: Job, changed: Changes): FieldError[] {
  const { startTime, completionTime } = job.status ?? {}
  const [complete, failed] = [isTrue(job, 'Complete'), isTrue(job, 'Failed')]
  const completeChanged = changed.condition('Complete')
  const timeChanged = changed.has('completionTime')
  const errors: FieldError[] = []
  if ((completeChanged || changed.condition('Failed')) && complete && failed) {
    errors.push(conditions('cannot set Complete=True and Failed=true conditions'))
  }
  if ((completeChanged || changed.condition('FailureTarget')) && complete && isTrue(job, 'FailureTarget')) {
    errors.push(conditions('cannot set Complete=True and FailureTarget=true conditions'))
  }
  if ((completeChanged || timeChanged) && completionTime !== undefined && !complete) {
    const text = 'cannot set completionTime when there is no Complete=True condition'
    errors.push(field.invalid(at('completionTime'), completionTime, text))
  }
  if ((completeChanged || timeChanged) && completionTime === undefined && complete) {
    errors.push(field.required(at('completionTime'), 'completionTime is required for Complete jobs'))
  }
  if ((changed.has('startTime') || timeChanged) && startTime !== undefined && completionTime !== undefined) {
    if (Date.parse(completionTime) < Date.parse(startTime)) {
      errors.push(field.invalid(at('completionTime'), completionTime, 'must be equal to or after `startTime`'))
    }
  }
  if ((changed.condition('Failed') || changed.has('failedIndexes')) && failed && !isTrue(job, 'FailureTarget')) {
    errors.push(conditions('cannot set Failed=True condition without the FailureTarget=true condition'))
  }
  if ((completeChanged || changed.condition('SuccessCriteriaMet')) && complete && !isTrue(job, 'SuccessCriteriaMet')) {
    errors.push(conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'))
  }
  return errors
}

/** A finished Job has begun and has nothing left. */
function validateFinished(job: Job, changed: Changes): FieldError[] {
  if (!isFinished(job)) return []
  const { active = 0, startTime, uncountedTerminatedPods: pods } = job.status ?? {}
  const neverStarts = job.spec?.suspend === true && job.spec.completions === 0
  const errors: FieldError[] = []
  if ((changed.finished || changed.has('active')) && active > 0) {
    errors.push(field.invalid(at('active'), active, 'active>0 is invalid for finished job'))
  }
  if ((changed.finished || changed.has('startTime')) && !neverStarts && startTime === undefined) {
    errors.push(field.required(at('startTime'), 'startTime is required for finished job'))
  }
  const uncounted = (pods?.failed ?? []).length + (pods?.succeeded ?? []).length
  if ((changed.finished || changed.has('uncountedTerminatedPods')) && uncounted > 0) {
    const shown = internalForm('io.k8s.api.batch.v1.UncountedTerminatedPods', pods)
    errors.push(field.invalid(at('uncountedTerminatedPods'), shown, 'must be empty for finished job'))
  }
  return errors
}

function parseProblem(name: string, text: string, completions: number): string | undefined {
  try {
    countIndexes(text, completions)
    return undefined
  } catch (error) {
    return `error parsing ${name}: ${(error as Error).message}`
  }
}

function validateIndexes(job: Job, changed: Changes): FieldError[] {
  const { completedIndexes: completed = '', failedIndexes: failed } = job.status ?? {}
  const { completions, backoffLimitPerIndex: limit, completionMode } = job.spec ?? ({} as JobSpec)
  const [completedChanged, failedChanged] = [changed.has('completedIndexes'), changed.has('failedIndexes')]
  const errors: FieldError[] = []
  if (completedChanged && completions !== undefined) {
    const problem = parseProblem('completedIndexes', completed, completions)
    if (problem !== undefined) errors.push(field.invalid(at('completedIndexes'), completed, problem))
  }
  if (failedChanged && completions !== undefined && limit !== undefined && failed !== undefined) {
    const problem = parseProblem('failedIndexes', failed, completions)
    if (problem !== undefined) errors.push(field.invalid(at('failedIndexes'), failed, problem))
  }
  if (completedChanged && completed !== '' && completionMode !== 'Indexed') {
    const text = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    errors.push(field.invalid(at('completedIndexes'), completed, text))
  }
  if (failed === undefined) return errors
  if (failedChanged && limit === undefined) {
    const text = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    errors.push(field.invalid(at('failedIndexes'), failed, text))
  }
  if ((failedChanged || completedChanged) && completions !== undefined) {
    const index = overlap(completed, failed, completions)
    if (index !== undefined) {
      const text = `failedIndexes and completedIndexes overlap at index: ${index}`
      errors.push(field.invalid(at('failedIndexes'), failed, text))
    }
  }
  return errors
}

function validatePods(job: Job, changed: Changes): FieldError[] {
  const { active = 0, ready, terminating = 0 } = job.status ?? {}
  const errors: FieldError[] = []
  if ((changed.finished || changed.has('terminating')) && terminating > 0 && isFinished(job)) {
    errors.push(field.invalid(at('terminating'), terminating, 'terminating>0 is invalid for finished job'))
  }
  if ((changed.has('ready') || changed.has('active')) && ready !== undefined && ready > active) {
    errors.push(field.invalid(at('ready'), ready, 'cannot set more ready pods than active'))
  }
  return errors
}

function validateSuccess(job: Job): FieldError[] {
  const met = isTrue(job, 'SuccessCriteriaMet')
  const errors: FieldError[] = []
  if (met && isTrue(job, 'Failed')) {
    errors.push(conditions('cannot set SuccessCriteriaMet=True and Failed=true conditions'))
  }
  if (met && isTrue(job, 'FailureTarget')) {
    errors.push(conditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'))
  }
  if (job.spec?.successPolicy !== undefined && !met && isTrue(job, 'Complete')) {
    errors.push(conditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'))
  }
  return errors
}

/** What has ended stays ended, and counters only grow. */
function validateTransition(job: Job, old: Job, changed: Changes): FieldError[] {
  const [now, before] = [job.status ?? {}, old.status ?? {}]
  const { completionMode, completions, parallelism, suspend } = job.spec ?? ({} as JobSpec)
  const errors: FieldError[] = []
  for (const type of ['Failed', 'Complete', 'FailureTarget'] as const) {
    if (isTrue(old, type) && !isTrue(job, type)) {
      errors.push(conditions(`cannot disable the terminal ${type}=True condition`))
    }
  }
  const lower = (name: 'failed' | 'succeeded') => {
    if ((now[name] ?? 0) >= (before[name] ?? 0)) return
    errors.push(field.invalid(at(name), now[name] ?? 0, `cannot decrease the ${name} counter`))
  }
  lower('failed')
  // An Indexed Job may be scaled down, and then has fewer.
  if (completionMode !== 'Indexed' || completions !== parallelism) lower('succeeded')
  if (now.completionTime && before.completionTime && now.completionTime !== before.completionTime) {
    errors.push(field.invalid(at('completionTime'), now.completionTime, immutable))
  }
  const resuming = isTrue(old, 'Suspended') && isFalse(job, 'Suspended')
  if (changed.has('startTime') && !resuming && before.startTime !== undefined && suspend !== true) {
    const text = 'field is immutable for unsuspended job once set'
    errors.push(field.invalid(at('startTime'), now.startTime ?? null, text))
  }
  const [metBefore, met] = [isTrue(old, 'SuccessCriteriaMet'), isTrue(job, 'SuccessCriteriaMet')]
  if (metBefore && !met) errors.push(conditions('cannot disable the SuccessCriteriaMet=True condition'))
  if (isTrue(old, 'Complete') && !metBefore && met) {
    errors.push(conditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
  }
  return errors
}
