import { humanDuration } from '@kubets/apimachinery'
import { containerCells, containersColumn, imagesColumn, selectorText } from '../../../core/v1/pod-template/cells.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { Job } from '../../types.ts'
import { isTrue } from './conditions.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

function status(job: Job): string {
  if (isTrue(job, 'Complete')) return 'Complete'
  if (isTrue(job, 'Failed')) return 'Failed'
  if (job.metadata?.deletionTimestamp) return 'Terminating'
  for (const type of ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'] as const) if (isTrue(job, type)) return type
  return 'Running'
}

function completions({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${done}/${spec.completions}`
  const parallelism = spec?.parallelism ?? 0
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`
}

function duration({ status }: Job, now: number): string {
  if (status?.startTime === undefined) return ''
  const end = status.completionTime === undefined ? now : Date.parse(status.completionTime)
  return humanDuration(end - Date.parse(status.startTime))
}

export const job = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  resource: 'jobs',
  categories: ['all'],
  subresources: { status: own('Job', readWrite, 'batch', 'v1') },
  defaultPropagation: 'Orphan',
  deletionWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  applyDefaults,
  unsupportedFieldLabel: label => `field label ${JSON.stringify(label)} not supported for Job`,
  strategy,
  moreFields: object => ({ 'status.successful': String(object.status?.succeeded ?? 0) }),
  columns: [
    nameColumn,
    column('Status', 'Whether the job runs, is suspended, or how it ended.'),
    column('Completions', 'Number of pods that ended well, and how many are wanted.'),
    column('Duration', 'How long the job took, or has been running.'),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'Labels of the pods that are counted.', { priority: 1 }),
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    status(object),
    completions(object),
    duration(object, now),
    age(object, now),
    ...containerCells(object.spec?.template),
    selectorText(object.spec?.selector, '<none>', '<error>'),
  ],
})
