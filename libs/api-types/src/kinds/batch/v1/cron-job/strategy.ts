import { type FieldError, field, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { dropGatedTemplateFields } from '../../../core/v1/pod/gated-fields.ts'
import { warningsForName } from '../../../core/v1/pod-template/warnings.ts'
import { keep } from '../../../define-kind.ts'
import { countGeneration, firstGeneration } from '../../../generation.ts'
import { sameMessage } from '../../../same-message.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { CronJob, CronJobSpec } from '../../types.ts'
import { warningsForJobSpec } from '../job/warnings.ts'
import { validateSpec } from './validation.ts'

const sameSpec = sameMessage('io.k8s.api.batch.v1.CronJobSpec')
const templateOf = ({ spec }: CronJob) => spec?.jobTemplate?.spec?.template
const specOf = ({ spec }: CronJob) => spec ?? ({} as CronJobSpec)

/** 63, less the 11 characters of `-$TIMESTAMP` that the name of each Job ends with. */
const maxName = 52

function validateLength({ metadata }: CronJob): FieldError[] {
  const name = metadata?.name ?? ''
  if (name.length <= maxName) return []
  return [field.invalid('metadata.name', name, `must be no more than ${maxName} characters`)]
}

const templatePath = 'spec.jobTemplate.spec'

export const strategy: Strategy<CronJob> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(job) {
    job.status = {}
    firstGeneration(job)
    dropGatedTemplateFields(templateOf(job))
  },
  prepareForUpdate(job, old, { subresource }) {
    if (subresource === 'status') return keep(job, old, 'spec')
    keep(job, old, 'status')
    dropGatedTemplateFields(templateOf(job), templateOf(old))
    countGeneration(job, old, !sameSpec(job.spec, old.spec))
  },
  validate: job => [
    ...validateBuiltinMeta(job.metadata, true, nameIsDnsSubdomain),
    ...validateSpec(specOf(job), undefined),
    ...validateLength(job),
  ],
  validateUpdate(job, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(job.metadata, old.metadata)
    return subresource === 'status' ? errors : [...errors, ...validateSpec(specOf(job), specOf(old))]
  },
  warnings(job, old) {
    const template = job.spec?.jobTemplate?.spec
    if (old === undefined) return [...warningsForName(job.metadata), ...warningsForJobSpec(template, templatePath)]
    const same = job.metadata?.generation === old.metadata?.generation
    const warnings = same ? [] : warningsForJobSpec(template, templatePath)
    if (job.spec?.schedule?.includes('TZ')) {
      warnings.push(
        'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
      )
    }
    return warnings
  },
}
