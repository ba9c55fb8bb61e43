import { applyTemplateDefaults } from '../../../core/v1/pod-template/defaults.ts'
import type { Job, JobSpec } from '../../types.ts'

const maxInt32 = 2147483647

export function applyDefaults(job: Job): void {
  job.spec ??= {} as JobSpec
  const { spec } = job
  spec.template ??= {} as JobSpec['template']
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : maxInt32
  labelsOfTemplate(job)
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'
  spec.manualSelector ??= false
  applyTemplateSpecDefaults(spec)
}

/**
 * A Job without labels has its template's. They are one map until the Job is stored: what is added to the template's labels (the
 * Job's name and uid) stands on the Job too, as in upstream.
 */
export function labelsOfTemplate(job: Job): void {
  const labels = job.spec?.template?.metadata?.labels
  if (labels === undefined || Object.keys(job.metadata?.labels ?? {}).length > 0) return
  job.metadata ??= {}
  job.metadata.labels = labels
}

/** What the template of a Job gets in a CronJob as well. */
export function applyTemplateSpecDefaults(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  }
  applyTemplateDefaults(spec.template)
}
