import { encodeJson, type FieldError, field, immutable, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { notNegative } from '../../../validation/numbers.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { ControllerRevision } from '../../types.ts'

/** The state that a controller once had: some object, whole. */
function validateData(data: unknown): FieldError[] {
  if (data === undefined || data === null) return [field.required('data', 'data is mandatory')]
  if (typeof data === 'object' && !Array.isArray(data)) return []
  return [field.required('data', 'data must be a valid JSON object')]
}

const validateRevision = (object: ControllerRevision): FieldError[] => [
  ...validateBuiltinMeta(object.metadata, true, nameIsDnsSubdomain),
  ...notNegative(object.revision, 'revision'),
]

/** Raw values are compared as they are written. */
function validateSameData(data: unknown, old: unknown): FieldError[] {
  if (encodeJson(data ?? null) === encodeJson(old ?? null)) return []
  return [field.invalid('data', data ?? null, immutable)]
}

export const strategy: Strategy<ControllerRevision> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: object => [...validateRevision(object), ...validateData(object.data)],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validateRevision(object),
    ...validateSameData(object.data, old.data),
  ],
}
