import { append, type FieldError, field } from '@kubets/apimachinery'
import { shownSelector } from '../../../validation/label-selector.ts'
import { notNegative } from '../../../validation/numbers.ts'
import type { CronJobSpec, JobTemplateSpec } from '../../types.ts'
import { validateJobTemplate } from '../job/validation/job-spec.ts'
import { scheduleProblem } from './schedule.ts'
import { zoneProblem } from './time-zone.ts'

const policies = ['Allow', 'Forbid', 'Replace']

/** `old`: what the CronJob had before; its time zone, and a zone in its schedule, may stay as they are. */
export function validateSpec(spec: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  const { schedule = '', timeZone, concurrencyPolicy: policy = '' } = spec
  const errors = schedule === '' ? [field.required('spec.schedule')] : validateSchedule(spec, old)
  append(errors, notNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'))
  if (timeZone !== undefined && timeZone !== old?.timeZone) append(errors, validateTimeZone(timeZone, 'spec.timeZone'))
  if (policy === '') errors.push(field.required('spec.concurrencyPolicy'))
  else if (!policies.includes(policy)) errors.push(field.notSupported('spec.concurrencyPolicy', policy, policies))
  append(
    errors,
    validateTemplate(spec.jobTemplate ?? {}, 'spec.jobTemplate.spec', old?.jobTemplate),
    notNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    notNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  )
  return errors
}

function validateSchedule({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (text: string) => errors.push(field.invalid('spec.schedule', schedule, text))
  const problem = scheduleProblem(schedule)
  if (problem !== undefined) refuse(problem)
  if (!schedule.includes('TZ')) return errors
  const hadZone = old?.schedule?.includes('TZ') ?? false
  if (!hadZone) refuse('cannot use TZ or CRON_TZ in schedule, use timeZone field instead')
  else if (timeZone !== undefined) refuse('cannot use both timeZone field and TZ or CRON_TZ in schedule')
  return errors
}

const zonePart = /^[A-Za-z._0-9+-]{1,14}$/

function validateTimeZone(zone: string, path: string): FieldError[] {
  if (zone === '') return [field.invalid(path, zone, 'timeZone must be nil or non-empty string')]
  const wrong = zone
    .split('/')
    .some(part => part === '.' || part === '..' || part.startsWith('-') || !zonePart.test(part))
  if (wrong) return [field.invalid(path, zone, `unknown time zone ${zone}`)]
  const errors: FieldError[] = []
  if (zone.toLowerCase() === 'local') {
    const text = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    errors.push(field.invalid(path, zone, text))
  }
  const problem = zoneProblem(zone)
  return problem === undefined ? errors : [...errors, field.invalid(path, zone, problem)]
}

function validateTemplate({ spec }: JobTemplateSpec, path: string, old: JobTemplateSpec | undefined): FieldError[] {
  const errors = validateJobTemplate(spec ?? ({} as NonNullable<typeof spec>), path, old?.spec)
  if (spec?.selector !== undefined) {
    errors.push(field.invalid(`${path}.selector`, shownSelector(spec.selector), '`selector` will be auto-generated'))
  }
  if (spec?.manualSelector === true) {
    errors.push(field.notSupported(`${path}.manualSelector`, true, ['nil', 'false']))
  }
  return errors
}
