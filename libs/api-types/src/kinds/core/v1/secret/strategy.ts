import {
  append,
  decodeJson,
  type FieldError,
  field,
  immutable,
  isConfigMapKey,
  nameIsDnsSubdomain,
  semanticEqual,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Secret } from '../../../../wire.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { keyPairProblem } from './key-pair.ts'

const maxSize = 1024 * 1024

/** Keys that a type of secret must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}
const serviceAccountName = 'kubernetes.io/service-account.name'

function validateData({ type = '', data, metadata }: Secret): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const key of Object.keys(data ?? {})) {
    for (const message of isConfigMapKey(key)) errors.push(field.invalid(`data[${key}]`, key, message))
    size += Buffer.byteLength(data?.[key] ?? '', 'base64')
  }
  if (size > maxSize) errors.push(field.tooLong('data', maxSize))
  if (type === 'kubernetes.io/service-account-token' && !metadata?.annotations?.[serviceAccountName]) {
    errors.push(field.required(`metadata.annotations[${serviceAccountName}]`))
  }
  if (type === 'kubernetes.io/basic-auth' && data?.username === undefined && data?.password === undefined) {
    errors.push(field.required('data[username]'), field.required('data[password]'))
  }
  const keys = Object.hasOwn(requiredKeys, type) ? requiredKeys[type] : undefined
  for (const key of keys ?? []) {
    const value = data?.[key]
    if (value === undefined || (value === '' && type === 'kubernetes.io/ssh-auth'))
      errors.push(field.required(`data[${key}]`))
    else if (key.startsWith('.docker')) append(errors, validateDocker(key, value))
  }
  return errors
}

function validateDocker(key: string, value: string): FieldError[] {
  try {
    const parsed: unknown = decodeJson(Buffer.from(value, 'base64')).value
    if (typeof parsed === 'object' && !Array.isArray(parsed)) return []
    const kind = Array.isArray(parsed) ? 'array' : typeof parsed === 'boolean' ? 'bool' : typeof parsed
    const message = `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
    return [field.invalid(`data[${key}]`, '<secret contents redacted>', message)]
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [field.invalid(`data[${key}]`, '<secret contents redacted>', message)]
  }
}

function validateImmutable(now: Secret, old: Secret): FieldError[] {
  const errors: FieldError[] = []
  if ((now.type ?? '') !== (old.type ?? '')) errors.push(field.invalid('type', now.type ?? '', immutable))
  if (old.immutable !== true) return errors
  if (now.immutable !== true) errors.push(field.forbidden('immutable', `${immutable} when \`immutable\` is set`))
  if (!semanticEqual(now.data, old.data)) errors.push(field.forbidden('data', `${immutable} when \`immutable\` is set`))
  return errors
}

export const strategy: Strategy<Secret> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  // A replacement without a type means the one it has.
  prepareForUpdate(secret, old) {
    if (!secret.type && old.type) secret.type = old.type
  },
  validate: secret => [...validateBuiltinMeta(secret.metadata, true, nameIsDnsSubdomain), ...validateData(secret)],
  validateUpdate: (secret, old) => [
    ...validateBuiltinMetaUpdate(secret.metadata, old.metadata),
    ...validateImmutable(secret, old),
    ...validateData(secret),
  ],
  warnings({ type, data }) {
    if (type !== 'kubernetes.io/tls') return []
    const text = (key: string) => Buffer.from(data?.[key] ?? '', 'base64').toString('latin1')
    const problem = keyPairProblem(text('tls.crt'), text('tls.key'))
    return problem === undefined ? [] : [problem]
  },
}
