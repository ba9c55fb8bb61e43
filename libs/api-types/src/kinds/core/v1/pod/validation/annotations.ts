import { append, type FieldError, field, goQuote } from '@kubets/apimachinery'
import type { PodSpec, Toleration } from '../../../../../wire.ts'
import {
  type Annotations,
  appArmorContainer,
  deletionCost,
  mirrorPod,
  seccompContainer,
  seccompPod,
  tolerationsAnnotation,
} from '../annotations.ts'
import { allContainers } from '../containers.ts'
import { localPath } from './checks.ts'
import { validateTolerations } from './tolerations.ts'

/** A 32-bit integer as one writes it: no plus sign, no leading zeros. Unset is fine. */
export function isDeletionCost(annotations: Annotations | undefined): boolean {
  const cost = annotations?.[deletionCost]
  if (cost === undefined) return true
  if (!/^(0|-\d+|[1-9]\d*)$/.test(cost)) return false
  const value = BigInt(cost)
  return value === BigInt.asIntN(32, value)
}

/** What pods and templates may say in annotations. `path` is that of the annotations. */
export function validatePodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
  rules: { readonly allowInvalidDeletionCost: boolean },
): FieldError[] {
  if (annotations === undefined) return []
  const errors: FieldError[] = []
  const mirror = annotations[mirrorPod]
  if (mirror !== undefined && !spec.nodeName) {
    const text = 'must set spec.nodeName if mirror pod annotation is set'
    errors.push(field.invalid(`${path}[${mirrorPod}]`, mirror, text))
  }
  if (annotations[tolerationsAnnotation]) append(errors, validateWritten(annotations[tolerationsAnnotation], path))
  if (!rules.allowInvalidDeletionCost && !isDeletionCost(annotations)) {
    const at = `${path}[${deletionCost}]`
    errors.push(field.invalid(at, annotations[deletionCost], 'must be a 32bit integer'))
  }
  const whole = annotations[seccompPod]
  if (whole !== undefined) append(errors, validateSeccompText(whole, `${path}.${seccompPod}`))
  for (const key in annotations) {
    const value = annotations[key] ?? ''
    if (key.startsWith(seccompContainer)) append(errors, validateSeccompText(value, `${path}.${key}`))
  }
  for (const key in annotations) {
    if (key.startsWith(appArmorContainer)) {
      append(errors, validateAppArmorText(key, annotations[key] ?? '', spec, `${path}[${key}]`))
    }
  }
  return errors
}

function validateWritten(text: string, path: string): FieldError[] {
  let tolerations: unknown
  try {
    tolerations = JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [field.invalid(path, tolerationsAnnotation, message)]
  }
  if (!Array.isArray(tolerations)) {
    const text = 'json: cannot unmarshal into Go value of type []core.Toleration'
    return [field.invalid(path, tolerationsAnnotation, text)]
  }
  return validateTolerations(tolerations as Toleration[], `${path}.${tolerationsAnnotation}`)
}

function validateSeccompText(profile: string, path: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return []
  if (profile.startsWith('localhost/')) return localPath(path, profile.slice('localhost/'.length))
  return [field.invalid(path, profile, 'must be a valid seccomp profile')]
}

function validateAppArmorText(key: string, profile: string, spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  const container = key.slice(appArmorContainer.length)
  if (!allContainers(spec).some(({ name }) => name === container)) {
    errors.push(field.invalid(path, container, 'container not found'))
  }
  const known = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/')
  if (!known) errors.push(field.invalid(path, profile, `invalid AppArmor profile name: ${goQuote(profile)}`))
  return errors
}

/** What an update may not touch. */
export function validateAnnotationUpdate(now: Annotations = {}, old: Annotations = {}, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const key in old) {
    if (Object.hasOwn(now, key) && now[key] === old[key]) continue
    if (key.startsWith(appArmorContainer)) {
      errors.push(field.forbidden(`${path}[${key}]`, 'may not remove or update AppArmor annotations'))
    }
    if (key === mirrorPod) {
      errors.push(field.forbidden(`${path}[${key}]`, 'may not remove or update mirror pod annotation'))
    }
  }
  for (const key in now) {
    if (Object.hasOwn(old, key)) continue
    if (key.startsWith(appArmorContainer)) {
      errors.push(field.forbidden(`${path}[${key}]`, 'may not add AppArmor annotations'))
    }
    if (key === mirrorPod) errors.push(field.forbidden(`${path}[${key}]`, 'may not add mirror pod annotation'))
  }
  return errors
}
