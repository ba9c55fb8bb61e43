import { type FieldError, field } from '@kubets/apimachinery'
import { shownLabels } from '../../../core/v1/pod-template/validation.ts'
import { compiledSelector, shownSelector } from '../../../validation/label-selector.ts'
import type { Job } from '../../types.ts'
import { labelsOfTemplate } from './defaults.ts'

/** The names of today, and those of before labels had prefixes. */
export const jobNameLabel = 'batch.kubernetes.io/job-name'
export const controllerUidLabel = 'batch.kubernetes.io/controller-uid'
const legacyJobNameLabel = 'job-name'
const legacyControllerUidLabel = 'controller-uid'

/** Gives the Job labels and a selector that no other Job's pods can match. Whoever says `manualSelector` sees to that alone. */
export function generateSelector(job: Job): void {
  const { spec, metadata } = job
  if (spec === undefined || spec.manualSelector === true) return
  spec.template.metadata ??= {}
  spec.template.metadata.labels ??= {}
  const { labels } = spec.template.metadata
  // Labels that are there already and say something else are refused by validation.
  for (const label of [legacyJobNameLabel, jobNameLabel]) labels[label] ??= metadata?.name ?? ''
  for (const label of [legacyControllerUidLabel, controllerUidLabel]) labels[label] ??= metadata?.uid ?? ''
  spec.selector ??= {}
  spec.selector.matchLabels ??= {}
  spec.selector.matchLabels[controllerUidLabel] ??= metadata?.uid ?? ''
  labelsOfTemplate(job)
}

/** `prefixed`: the labels with a prefix must be there too. Old Jobs may be without. */
export function validateGeneratedSelector(job: Job, prefixed: boolean): FieldError[] {
  const { spec, metadata } = job
  if (spec === undefined || spec.manualSelector === true || spec.selector === undefined) return []
  const { uid = '', name = '' } = metadata ?? {}
  const errors: FieldError[] = uid === '' ? [field.required('metadata.uid')] : []
  const labels = spec.template.metadata?.labels ?? {}
  const expected: Record<string, string> = { [legacyControllerUidLabel]: uid, [legacyJobNameLabel]: name }
  if (prefixed) Object.assign(expected, { [controllerUidLabel]: uid, [jobNameLabel]: name })
  for (const [key, value] of Object.entries(expected)) {
    const at = `spec.template.metadata.labels[${key}]`
    if (!Object.hasOwn(labels, key)) errors.push(field.required(at, `must be '${value}'`))
    else if (labels[key] !== value) errors.push(field.invalid(at, shownLabels(labels), `must be '${value}'`))
  }
  if (compiledSelector(spec.selector)?.matches(expected) === false) {
    errors.push(field.invalid('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated'))
  }
  return errors
}
