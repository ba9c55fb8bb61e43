import { ageSince } from '@kubets/apimachinery'
import { containerCells, containersColumn, imagesColumn, selectorText } from '../../../core/v1/pod-template/cells.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { CronJob, CronJobSpec, JobSpec } from '../../types.ts'
import { applyTemplateSpecDefaults } from '../job/defaults.ts'
import { strategy } from './strategy.ts'

/** The template only gets what its pods need: the rest is set when a Job is made of it. */
function applyDefaults(job: CronJob): void {
  job.spec ??= {} as CronJobSpec
  const { spec } = job
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  spec.jobTemplate ??= {}
  spec.jobTemplate.spec ??= {} as JobSpec
  spec.jobTemplate.spec.template ??= {}
  applyTemplateSpecDefaults(spec.jobTemplate.spec)
}

const truth = (value: boolean | undefined) => (value === undefined ? '<unset>' : value ? 'True' : 'False')

export const cronJob = defineKind<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  resource: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  subresources: { status: own('CronJob', readWrite, 'batch', 'v1') },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Schedule', 'When Jobs are made, as cron writes it.'),
    column('Timezone', 'The zone that the schedule speaks of.'),
    column('Suspend', 'Whether no Jobs are made for now.', { type: 'boolean' }),
    column('Active', 'Number of Jobs that run.', { type: 'integer' }),
    column('Last Schedule', 'When the last Job was made.'),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'Labels of the pods that are counted.', { priority: 1 }),
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.schedule ?? '',
    object.spec?.timeZone ?? '<none>',
    truth(object.spec?.suspend),
    object.status?.active?.length ?? 0,
    object.status?.lastScheduleTime === undefined ? '<none>' : ageSince(object.status.lastScheduleTime, now),
    age(object, now),
    ...containerCells(object.spec?.jobTemplate?.spec?.template),
    selectorText(object.spec?.jobTemplate?.spec?.selector, '<none>', '<error>'),
  ],
})
