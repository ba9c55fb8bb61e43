import { append, type FieldError, field, isQualifiedName, mustNotBeNegative, Quantity } from '@kubets/apimachinery'
import {
  isContainerResource,
  isExtended,
  isIntegerResource,
  isNative,
  isPodLevelResource,
  isQuotaResource,
  isStandardResource,
  podLevelResources,
} from './names.ts'

export type ResourceList = Readonly<Record<string, string>>
export type NameCheck = (name: string, path: string) => FieldError[]

/** Names most often used: they are right wherever containers may name a resource. */
const usual = new Set(['cpu', 'memory', 'ephemeral-storage'])

export const validateResourceName: NameCheck = (name, path) => {
  const errors = isQualifiedName(name).map(message => field.invalid(path, name, message))
  if (errors.length === 0 && !name.includes('/') && !isStandardResource(name)) {
    errors.push(field.invalid(path, name, 'must be a standard resource type or fully qualified'))
  }
  return errors
}

export const validateContainerResourceName: NameCheck = (name, path) => {
  if (usual.has(name)) return []
  const errors = validateResourceName(name, path)
  if (!name.includes('/')) {
    if (!isContainerResource(name)) {
      errors.push(field.invalid(path, name, 'must be a standard resource for containers'))
    }
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(field.invalid(path, name, "doesn't follow extended resource name standard"))
  }
  return errors
}

export const validatePodResourceName: NameCheck = (name, path) => {
  const errors = validateResourceName(name, path)
  if (errors.length === 0 && !isPodLevelResource(name)) errors.push(field.notSupported(path, name, podLevelResources))
  return errors
}

export const validateQuotaResourceName: NameCheck = (name, path) => {
  const errors = validateResourceName(name, path)
  if (!name.includes('/') && !isQuotaResource(name)) {
    errors.push(field.invalid(path, name, 'must be a standard resource for quota'))
  }
  return errors
}

/** Not negative, and whole where the resource is counted. */
export function validateQuantity(name: string, value: Quantity, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (value.sign() < 0) errors.push(field.invalid(path, value.toString(), mustNotBeNegative))
  if (!value.isInteger() && isIntegerResource(name)) {
    errors.push(field.invalid(path, value.toString(), 'must be an integer'))
  }
  return errors
}

export const validatePositive = (value: Quantity, path: string): FieldError[] =>
  value.sign() > 0 ? [] : [field.invalid(path, value.toString(), 'must be greater than zero')]

/** Upstream's rule of capacities: whole units, not negative. */
export const validateBasicQuantity = (value: Quantity, path: string): FieldError[] =>
  value.sign() < 0 && value.asInt() < 0n
    ? [field.invalid(path, value.asInt(), 'must be a valid resource quantity')]
    : []

/** Each name and amount of a list. */
export function validateResourceList(list: ResourceList | undefined, path: string, checkName: NameCheck): FieldError[] {
  const errors: FieldError[] = []
  for (const name in list) {
    const at = `${path}[${name}]`
    append(errors, checkName(name, at), validateQuantity(name, Quantity.parse(list[name] ?? '0'), at))
  }
  return errors
}

/** `1.5` bytes: legal and senseless. Gives the sentence for a Warning header. */
export function fractionalBytes(text: string | undefined, path: string): string[] {
  if (text === undefined) return []
  const value = Quantity.parse(text)
  return value.toMilli() % 1000n === 0n
    ? []
    : [`${path}: fractional byte value "${value}" is invalid, must be an integer`]
}
