import { append, type FieldError, field, isDns1123Label, isDns1123Subdomain } from '@kubets/apimachinery'
import { each, required } from '../pod/validation/checks.ts'
import type { PersistentSource, SecretName, VolumeSource } from './network-sources.ts'

export function validateCsiDriverName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [field.required(path)]
  const errors: FieldError[] = name.length > 63 ? [field.tooLong(path, 63)] : []
  return [...errors, ...each(path, name, isDns1123Subdomain(name.toLowerCase()))]
}

export function validateCsi({ driver, nodePublishSecretRef: secret }: VolumeSource<'csi'>, path: string): FieldError[] {
  const errors = validateCsiDriverName(driver, `${path}.driver`)
  if (secret === undefined) return errors
  if (!secret.name) return [...errors, field.required(`${path}.nodePublishSecretRef.name`)]
  return [...errors, ...each(`${path}.name`, secret.name, isDns1123Subdomain(secret.name))]
}

function validateSecretReference({ name = '', namespace = '' }: SecretName, path: string): FieldError[] {
  const [atName, atNamespace] = [`${path}.name`, `${path}.namespace`]
  return [
    ...(name === '' ? required(atName, name) : each(atName, name, isDns1123Subdomain(name))),
    ...(namespace === '' ? required(atNamespace, namespace) : each(atNamespace, namespace, isDns1123Label(namespace))),
  ]
}

const secrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const

export function validatePersistentCsi(source: PersistentSource<'csi'>, path: string): FieldError[] {
  const errors = [
    ...validateCsiDriverName(source.driver, `${path}.driver`),
    ...required(`${path}.volumeHandle`, source.volumeHandle),
  ]
  for (const name of secrets) {
    const secret = source[name]
    if (secret) append(errors, validateSecretReference(secret, `${path}.${name}`))
  }
  return errors
}
