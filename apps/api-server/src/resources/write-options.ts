import type { StatusCause } from '@kubets/api-types'
import { invalid } from '../status.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  dryRun: boolean
  fieldValidation: FieldValidation
  fieldManager: string
}

const plain: WriteOptions = { dryRun: false, fieldValidation: 'Warn', fieldManager: '' }

/** Reads `dryRun`, `fieldValidation` and `fieldManager`. Throws 422 in upstream's words. `kind` names the options in errors: `CreateOptions`. */
export function writeOptions(query: URLSearchParams, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'): WriteOptions {
  if (query.size === 0) return plain
  const causes: StatusCause[] = []
  const dryRun = query.getAll('dryRun').filter(v => v !== '')
  for (const value of dryRun)
    if (value !== 'All') causes.push(unsupported('dryRun', JSON.stringify(value), ['All']))
  const fieldValidation = query.get('fieldValidation') ?? ''
  if (fieldValidation !== '' && !['Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    causes.push(unsupported('fieldValidation', JSON.stringify(fieldValidation), ['Ignore', 'Strict', 'Warn', '']))
  const fieldManager = query.get('fieldManager') ?? ''
  if (fieldManager.length > 128)
    causes.push({ reason: 'FieldValueTooLong', message: 'Too long: may not be more than 128 bytes', field: 'fieldManager' })
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    fieldManager,
  }
}

export function unsupported(field: string, value: string, supported: readonly string[]): StatusCause {
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${value}: supported values: ${supported.map(s => JSON.stringify(s)).join(', ')}`,
    field,
  }
}
