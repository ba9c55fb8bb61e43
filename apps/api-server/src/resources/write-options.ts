import type { StatusCause } from '@kubets/api-types'
import { field, invalid } from '@kubets/apimachinery'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  dryRun: boolean
  fieldValidation: FieldValidation
  fieldManager: string
}

const plain: WriteOptions = { dryRun: false, fieldValidation: 'Warn', fieldManager: '' }

/** Reads `dryRun`, `fieldValidation` and `fieldManager`. Throws 422 in upstream's words. `kind` names the options in errors: `CreateOptions`. */
export function writeOptions(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): WriteOptions {
  if (query.size === 0) return plain
  const causes: StatusCause[] = []
  const dryRun = query.getAll('dryRun').filter(v => v !== '')
  if (dryRun.some(v => v !== 'All')) causes.push(field.notSupported('dryRun', dryRun, ['All']))
  const fieldValidation = query.get('fieldValidation') ?? ''
  if (fieldValidation !== '' && !['Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    causes.push(field.notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']))
  const fieldManager = query.get('fieldManager') ?? ''
  if (fieldManager.length > 128) causes.push(field.tooLong('fieldManager', 128))
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    fieldManager,
  }
}
