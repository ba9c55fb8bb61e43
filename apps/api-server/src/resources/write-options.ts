import type { StatusCause } from '@kubets/api-types'
import { append, field, invalid, validateFieldManager } from '@kubets/apimachinery'
import { boolParameter } from './query.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  dryRun: boolean
  fieldValidation: FieldValidation
  /** Who owns what is written; '' lets the user agent say it. */
  fieldManager: string
  /** Of an apply: take fields over from others. Undefined when the request does not say. */
  force?: boolean | undefined
}

const plain: WriteOptions = { dryRun: false, fieldValidation: 'Warn', fieldManager: '' }

/** Reads `dryRun`, `fieldValidation`, `fieldManager` and `force`. Throws 422 in upstream's words. `kind` names the options in errors: `CreateOptions`. */
export function writeOptions(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  patch: 'apply' | 'other' = 'other',
): WriteOptions {
  if (query.size === 0 && patch === 'other') return plain
  const causes: StatusCause[] = []
  const fieldManager = query.get('fieldManager') ?? ''
  const force = kind === 'PatchOptions' ? boolParameter(query, 'force') : undefined
  if (patch === 'apply' && fieldManager === '')
    causes.push(field.required('fieldManager', 'is required for apply patch'))
  if (patch === 'other' && force !== undefined)
    causes.push(field.forbidden('force', 'may not be specified for non-apply patch'))
  if (fieldManager !== '') append(causes, validateFieldManager(fieldManager, 'fieldManager'))
  const dryRun = query.getAll('dryRun')
  if (dryRun.some(v => v !== 'All')) causes.push(field.notSupported('dryRun', dryRun, ['All']))
  const fieldValidation = query.get('fieldValidation') ?? ''
  if (fieldValidation !== '' && !['Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    causes.push(field.notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']))
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    fieldManager,
    force,
  }
}
