import { type FieldError, field, isDns1123Label, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { dropGatedTemplateFields } from '../../../core/v1/pod/gated-fields.ts'
import { warningsForName } from '../../../core/v1/pod-template/warnings.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { Job, JobSpec } from '../../types.ts'
import { controllerUidLabel, generateSelector, jobNameLabel, validateGeneratedSelector } from './selector.ts'
import { validateJobSpec } from './validation/job-spec.ts'
import { validateJobStatusUpdate } from './validation/job-status.ts'
import { validateJobSpecUpdate } from './validation/job-update.ts'
import { warningsForJobSpec } from './warnings.ts'

const sameSpec = sameMessage('io.k8s.api.batch.v1.JobSpec')
const specOf = ({ spec }: Job) => spec ?? ({} as JobSpec)

/** The pod of an Indexed Job's last index is named after both: its hostname must be a label. */
function validateHostname({ metadata, spec }: Job): FieldError[] {
  const { completions = 0 } = spec ?? {}
  if (spec?.completionMode !== 'Indexed' || completions <= 0) return []
  const name = metadata?.name ?? ''
  const longest = `${name}-${completions - 1}`
  if (isDns1123Label(longest).length === 0) return []
  return [field.invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${longest}`)]
}

function validateJob(job: Job, old: Job | undefined): FieldError[] {
  const labels = old?.spec?.template?.metadata?.labels ?? {}
  const prefixed =
    old === undefined || (Object.hasOwn(labels, jobNameLabel) && Object.hasOwn(labels, controllerUidLabel))
  return [
    ...validateBuiltinMeta(job.metadata, true, nameIsDnsSubdomain),
    ...validateGeneratedSelector(job, prefixed),
    ...validateJobSpec(specOf(job), old?.spec),
    ...validateHostname(job),
  ]
}

export const strategy: Strategy<Job> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(job) {
    generateSelector(job)
    job.status = {}
    firstGeneration(job)
    dropGatedTemplateFields(job.spec?.template)
  },
  prepareForUpdate(job, old, { subresource }) {
    if (subresource === 'status') return keep(job, old, 'spec')
    keep(job, old, 'status')
    dropGatedTemplateFields(job.spec?.template, old.spec?.template)
    countGeneration(job, old, !sameSpec(job.spec, old.spec))
  },
  validate: job => validateJob(job, undefined),
  validateUpdate(job, old, { subresource }) {
    const meta = validateBuiltinMetaUpdate(job.metadata, old.metadata)
    if (subresource === 'status') return [...meta, ...validateJobStatusUpdate(job, old)]
    // Upstream asks for the whole Job, and then for the spec once more beside the old one.
    const spec = validateJobSpec(specOf(job), old.spec)
    return [...validateJob(job, old), ...meta, ...spec, ...validateJobSpecUpdate(job, old)]
  },
  warnings(job, old) {
    if (old === undefined) return [...warningsForName(job.metadata), ...warningsForJobSpec(job.spec, 'spec')]
    return job.metadata?.generation === old.metadata?.generation ? [] : warningsForJobSpec(job.spec, 'spec')
  },
}
