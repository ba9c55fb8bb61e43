import {
  type FieldError,
  field,
  immutable,
  isConfigMapKey,
  nameIsDnsSubdomain,
  semanticEqual,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { ConfigMap } from '../../../../wire.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'

/** 1 MiB of values. */
const maxSize = 1024 * 1024

function validateData({ data, binaryData }: ConfigMap): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const key of Object.keys(data ?? {})) {
    for (const message of isConfigMapKey(key)) errors.push(field.invalid(`data[${key}]`, key, message))
    if (binaryData !== undefined && Object.hasOwn(binaryData, key)) {
      errors.push(field.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    size += Buffer.byteLength(data?.[key] ?? '')
  }
  for (const key of Object.keys(binaryData ?? {})) {
    for (const message of isConfigMapKey(key)) errors.push(field.invalid(`binaryData[${key}]`, key, message))
    size += Buffer.byteLength(binaryData?.[key] ?? '', 'base64')
  }
  if (size > maxSize) errors.push(field.tooLong('[]', maxSize))
  return errors
}

/** What may not change once the object is immutable. */
function validateImmutable(now: ConfigMap, old: ConfigMap): FieldError[] {
  if (old.immutable !== true) return []
  const errors: FieldError[] = []
  if (now.immutable !== true) errors.push(field.forbidden('immutable', 'field is immutable when `immutable` is set'))
  for (const part of ['data', 'binaryData'] as const) {
    if (!semanticEqual(now[part], old[part])) {
      errors.push(field.forbidden(part, `${immutable} when \`immutable\` is set`))
    }
  }
  return errors
}

export const strategy: Strategy<ConfigMap> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: map => [...validateBuiltinMeta(map.metadata, true, nameIsDnsSubdomain), ...validateData(map)],
  validateUpdate: (map, old) => [
    ...validateBuiltinMetaUpdate(map.metadata, old.metadata),
    ...validateImmutable(map, old),
    ...validateData(map),
  ],
}
