import { append, type FieldError, field } from '@kubets/apimachinery'
import { shownLabels, validatePodTemplateSpec } from '../../../../core/v1/pod-template/validation.ts'
import { validateDomainPrefixedPath } from '../../../../validation/domain-prefixed-path.ts'
import { internalForm } from '../../../../validation/internal-form.ts'
import { compiledSelector, hasInvalidLabelValue, validateLabelSelector } from '../../../../validation/label-selector.ts'
import { notNegative, notNegativeCounts } from '../../../../validation/numbers.ts'
import type { JobSpec } from '../../../types.ts'
import { validateFailurePolicy } from './failure-policy.ts'
import { validateSuccessPolicy } from './success-policy.ts'

/** How long `completedIndexes` and `failedIndexes` of a status may become is bounded by these. */
const maxIndexedParallelism = 100_000
const maxFailedIndexes = 100_000
const manyCompletions = 100_000
const maxParallelismOfMany = 10_000
const maxFailedIndexesOfMany = 10_000

const maxManagedBy = 63

/** A Job's spec: with a selector that matches its template. `old`: the stored one, whose mistakes may stay. */
export function validateJobSpec(spec: JobSpec, old?: JobSpec): FieldError[] {
  const allowInvalidValues = hasInvalidLabelValue(old?.selector)
  const errors = validateJobTemplate(spec, 'spec', old)
  if (spec.selector === undefined) errors.push(field.required('spec.selector'))
  append(errors, validateLabelSelector(spec.selector, 'spec.selector', { allowInvalidValues }))
  const labels = spec.template?.metadata?.labels
  if (compiledSelector(spec.selector)?.matches(labels) === false) {
    const text = '`selector` does not match template `labels`'
    errors.push(field.invalid('spec.template.metadata.labels', shownLabels(labels), text))
  }
  return errors
}

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
] as const

/** The same, as it stands in a CronJob: the selector is made with the Job. */
export function validateJobTemplate(spec: JobSpec, path: string, old?: JobSpec): FieldError[] {
  const errors = notNegativeCounts(spec, counts, path)
  if (spec.maxFailedIndexes !== undefined) {
    append(errors, notNegative(spec.maxFailedIndexes, `${path}.maxFailedIndexes`))
    if (spec.backoffLimitPerIndex === undefined) {
      errors.push(field.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
    }
  }
  if (spec.managedBy !== undefined) {
    append(errors, validateDomainPrefixedPath(spec.managedBy, `${path}.managedBy`))
    if (Buffer.byteLength(spec.managedBy) > maxManagedBy) {
      errors.push(field.tooLong(`${path}.managedBy`, maxManagedBy))
    }
  }
  append(errors, validateCompletionMode(spec, path))
  if (spec.podFailurePolicy !== undefined) append(errors, validateFailurePolicy(spec, `${path}.podFailurePolicy`))
  if (spec.successPolicy !== undefined) {
    if (spec.completionMode === 'Indexed') append(errors, validateSuccessPolicy(spec, `${path}.successPolicy`))
    else {
      const shown = internalForm('io.k8s.api.batch.v1.SuccessPolicy', spec.successPolicy)
      errors.push(field.invalid(`${path}.successPolicy`, shown, 'requires indexed completion mode'))
    }
  }
  append(errors, validateReplacementPolicy(spec, `${path}.podReplacementPolicy`))
  append(errors, validatePodTemplateSpec(spec.template ?? {}, `${path}.template`, old?.template))
  return [...errors, ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`)]
}

const modes = ['NonIndexed', 'Indexed']

function validateCompletionMode(spec: JobSpec, path: string): FieldError[] {
  const { completionMode: mode, backoffLimitPerIndex: limit, maxFailedIndexes: failed } = spec
  const errors: FieldError[] = []
  if (mode !== undefined && !modes.includes(mode)) {
    errors.push(field.notSupported(`${path}.completionMode`, mode, modes))
  }
  if (mode === 'Indexed') append(errors, validateIndexed(spec, path))
  if (mode !== undefined && mode !== 'NonIndexed') return errors
  const text = 'requires indexed completion mode'
  if (limit !== undefined) errors.push(field.invalid(`${path}.backoffLimitPerIndex`, limit, text))
  if (failed !== undefined) errors.push(field.invalid(`${path}.maxFailedIndexes`, failed, text))
  return errors
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism, maxFailedIndexes: failed } = spec
  const [atFailed, atParallelism] = [`${path}.maxFailedIndexes`, `${path}.parallelism`]
  const errors: FieldError[] = []
  if (completions === undefined) {
    errors.push(field.required(`${path}.completions`, 'when completion mode is Indexed'))
  }
  if (parallelism !== undefined && parallelism > maxIndexedParallelism) {
    const text = `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`
    errors.push(field.invalid(atParallelism, parallelism, text))
  }
  if (completions !== undefined && failed !== undefined && failed > completions) {
    errors.push(field.invalid(atFailed, failed, 'must be less than or equal to completions'))
  }
  if (failed !== undefined && failed > maxFailedIndexes) {
    errors.push(field.invalid(atFailed, failed, `must be less than or equal to ${maxFailedIndexes}`))
  }
  if (completions === undefined || completions <= manyCompletions || spec.backoffLimitPerIndex === undefined) {
    return errors
  }
  const when = `when completions are above ${manyCompletions} and used with backoff limit per index`
  if (failed === undefined) {
    errors.push(field.required(atFailed, `must be specified when completions is above ${manyCompletions}`))
  }
  if (parallelism !== undefined && parallelism > maxParallelismOfMany) {
    const text = `must be less than or equal to ${maxParallelismOfMany} ${when}`
    errors.push(field.invalid(atParallelism, parallelism, text))
  }
  if (failed !== undefined && failed > maxFailedIndexesOfMany) {
    errors.push(field.invalid(atFailed, failed, `must be less than or equal to ${maxFailedIndexesOfMany} ${when}`))
  }
  return errors
}

/** A policy about failed pods has to see them fail before others take their place. */
function validateReplacementPolicy({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, path: string) {
  if (policy === undefined) return []
  const allowed = podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed']
  return allowed.includes(policy) ? [] : [field.notSupported(path, policy, allowed)]
}

/** The pods must be able to end. */
function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template?.spec?.restartPolicy ?? ''
  if (policy === 'Always' || policy === '') return [field.required(path, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [field.notSupported(path, policy, ['OnFailure', 'Never'])]
  if (podFailurePolicy === undefined || policy === 'Never') return []
  return [field.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
}
