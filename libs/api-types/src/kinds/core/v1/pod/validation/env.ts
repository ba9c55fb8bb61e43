import {
  append,
  type FieldError,
  field,
  isConfigMapKey,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvVarName,
  isQualifiedName,
  nameIsDnsSubdomain,
  Quantity,
} from '@kubets/apimachinery'
import type { Container } from '../../../../../wire.ts'
import { each, items, noBacksteps } from './checks.ts'

type EnvVar = NonNullable<Container['env']>[number]
type ValueFrom = NonNullable<EnvVar['valueFrom']>
type FieldRef = NonNullable<ValueFrom['fieldRef']>
type ResourceFieldRef = NonNullable<ValueFrom['resourceFieldRef']>

/** What an environment variable may be told of its pod. */
export const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
/** What a file may be told of its pod. */
export const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]
const resourceFields = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]
const isHugePagesField = (resource: string) => /^(requests|limits)\.hugepages-/.test(resource)
const isKnownResource = (resource: string) => resourceFields.includes(resource) || isHugePagesField(resource)
/** Paths that can be asked for at all; the lists above say where. */
const knownFields = new Set([...envFields, ...volumeFields, 'spec.restartPolicy', 'status.phase', 'spec.schedulerName'])

/** Splits `metadata.labels['a']` into path and key. */
function subscript(fieldPath: string): { base: string; key: string } | undefined {
  const open = fieldPath.indexOf("['")
  if (open < 1 || !fieldPath.endsWith("']")) return undefined
  return { base: fieldPath.slice(0, open), key: fieldPath.slice(open + 2, -2) }
}

export function validateFieldRef(
  { apiVersion = '', fieldPath }: FieldRef,
  allowed: readonly string[],
  path: string,
): FieldError[] {
  if (apiVersion === '') return [field.required(`${path}.apiVersion`)]
  if (!fieldPath) return [field.required(`${path}.fieldPath`)]
  const refuse = (why: string) => [field.invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`)]
  if (apiVersion !== 'v1') return refuse(`unsupported pod version: ${apiVersion}`)
  const parts = subscript(fieldPath)
  if (parts !== undefined) {
    const { base, key } = parts
    if (base === 'metadata.annotations') return each(path, key.toLowerCase(), isQualifiedName(key.toLowerCase()))
    if (base === 'metadata.labels') return each(path, key, isQualifiedName(key))
    return refuse(`field label does not support subscript: ${fieldPath}`)
  }
  // The name that old clients had for it.
  const known = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath
  if (!knownFields.has(known)) return refuse(`field label not supported: ${fieldPath}`)
  return allowed.includes(known) ? [] : [field.notSupported(`${path}.fieldPath`, known, allowed)]
}

const sizes = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei'
const sizeSet = new Set(sizes.split(', '))

function validateDivisor(resource: string, divisor: string | undefined, path: string): FieldError[] {
  const text = Quantity.parse(divisor ?? '0').toString()
  if (text === '0') return []
  if (!isKnownResource(resource)) return []
  const refuse = (message: string) => [field.invalid(`${path}.divisor`, resource, message)]
  if (resource.endsWith('.cpu')) {
    const fits = text === '1m' || text === '1'
    return fits ? [] : refuse("only divisor's values 1m and 1 are supported with the cpu resource")
  }
  if (sizeSet.has(text)) return []
  const what = resource.endsWith('.memory')
    ? 'memory'
    : resource.endsWith('.ephemeral-storage')
      ? 'local ephemeral storage'
      : 'hugepages'
  return refuse(`only divisor's values ${sizes} are supported with the ${what} resource`)
}

export function validateResourceFieldRef(ref: ResourceFieldRef, path: string, where: 'env' | 'volume'): FieldError[] {
  const { resource = '', containerName = '' } = ref
  const errors: FieldError[] = []
  if (where === 'volume' && containerName === '') errors.push(field.required(`${path}.containerName`))
  else if (resource === '') errors.push(field.required(`${path}.resource`))
  else if (!isKnownResource(resource)) {
    errors.push(field.notSupported(`${path}.resource`, resource, resourceFields))
  }
  return [...errors, ...validateDivisor(resource, ref.divisor, path)]
}

function validateKeyRef({ name = '', key }: { name?: string; key: string }, path: string): FieldError[] {
  const errors = each(`${path}.name`, name, isDns1123Subdomain(name))
  if (!key) errors.push(field.required(`${path}.key`))
  else append(errors, each(`${path}.key`, key, isConfigMapKey(key)))
  return errors
}

type FileKeyRef = NonNullable<ValueFrom['fileKeyRef']>

function validateFileKey({ key, volumeName, path: file }: FileKeyRef, path: string): FieldError[] {
  const name = `${path}.volumeName`
  return [
    ...(key ? each(`${path}.key`, key, isEnvVarName(key)) : [field.required(`${path}.key`)]),
    ...(volumeName ? each(name, volumeName, isDns1123Label(volumeName)) : [field.required(name)]),
    ...(file ? noBacksteps(`${path}.path`, file) : [field.required(`${path}.path`)]),
  ]
}

function validateValueFrom({ value = '', valueFrom }: EnvVar, path: string): FieldError[] {
  if (valueFrom === undefined) return []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  const errors: FieldError[] = []
  if (fieldRef) append(errors, validateFieldRef(fieldRef, envFields, `${path}.fieldRef`))
  if (resourceFieldRef) {
    append(errors, validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, 'env'))
  }
  if (configMapKeyRef) append(errors, validateKeyRef(configMapKeyRef, `${path}.configMapKeyRef`))
  if (secretKeyRef) append(errors, validateKeyRef(secretKeyRef, `${path}.secretKeyRef`))
  if (fileKeyRef) append(errors, validateFileKey(fileKeyRef, `${path}.fileKeyRef`))
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length
  if (sources === 0) {
    const names = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
    errors.push(field.invalid(path, '', `must specify one of: ${names}`))
  } else if (value !== '') errors.push(field.invalid(path, '', 'may not be specified when `value` is not empty'))
  else if (sources > 1) errors.push(field.invalid(path, '', 'may not have more than one field specified at a time'))
  return errors
}

export function validateEnv(env: Container['env'], path: string): FieldError[] {
  return items(env, path, (variable, at) => {
    const { name } = variable
    const errors = name ? each(`${at}.name`, name, isEnvVarName(name)) : [field.required(`${at}.name`)]
    if (variable.valueFrom !== undefined) append(errors, validateValueFrom(variable, `${at}.valueFrom`))
    return errors
  })
}

export function validateEnvFrom(sources: Container['envFrom'], path: string): FieldError[] {
  return items(sources, path, ({ prefix, configMapRef, secretRef }, at) => {
    const errors = prefix ? each(`${at}.prefix`, prefix, isEnvVarName(prefix)) : []
    for (const [name, ref] of [
      ['configMapRef', configMapRef],
      ['secretRef', secretRef],
    ] as const) {
      if (ref === undefined) continue
      const target = ref.name ?? ''
      if (target === '') errors.push(field.required(`${at}.${name}.name`))
      else append(errors, each(`${at}.${name}.name`, target, nameIsDnsSubdomain(target, true)))
    }
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(field.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    } else if (configMapRef && secretRef) {
      errors.push(field.invalid(path, '', 'may not have more than one field specified at a time'))
    }
    return errors
  })
}
