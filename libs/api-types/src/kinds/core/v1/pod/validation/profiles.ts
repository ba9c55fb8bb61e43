import { append, type FieldError, field } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { internalForm } from '../../../../validation/internal-form.ts'
import { type Annotations, seccompContainer, seccompPod } from '../annotations.ts'
import { type AppArmorProfile, annotationOfProfile, appArmorAnnotation } from '../app-armor.ts'
import { visitContainers } from '../containers.ts'
import { localPath } from './checks.ts'

type SeccompProfile = NonNullable<NonNullable<PodSpec['securityContext']>['seccompProfile']>

const types = ['Localhost', 'RuntimeDefault', 'Unconfined']
/** PATH_MAX, without the closing zero. */
const maxProfile = 4095

export function validateSeccomp(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (profile === undefined) return []
  const { type, localhostProfile } = profile
  const errors: FieldError[] = []
  if (!type) errors.push(field.required(`${path}.type`, 'type is required when seccompProfile is set'))
  else if (!types.includes(type)) errors.push(field.notSupported(`${path}.type`, type, types))
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') {
    if (localhostProfile !== undefined) return [...errors, ...localPath(at, localhostProfile)]
    return [...errors, field.required(at, 'must be set when seccomp type is Localhost')]
  }
  if (localhostProfile === undefined) return errors
  const shown = internalForm('io.k8s.api.core.v1.SeccompProfile', profile)
  return [...errors, field.invalid(at, shown, 'can only be set when seccomp type is Localhost')]
}

export function validateAppArmor(profile: AppArmorProfile | undefined, path: string): FieldError[] {
  if (profile === undefined) return []
  const { type, localhostProfile } = profile
  const at = `${path}.localhostProfile`
  switch (type) {
    case 'Localhost':
      return validateLocalProfile(localhostProfile, at)
    case 'RuntimeDefault':
    case 'Unconfined':
      if (localhostProfile === undefined) return []
      return [field.invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost')]
    case '':
    case undefined:
      return [field.required(`${path}.type`, 'type is required when appArmorProfile is set')]
    default:
      return [field.notSupported(`${path}.type`, type, types)]
  }
}

function validateLocalProfile(profile: string | undefined, at: string): FieldError[] {
  const missing = field.required(at, 'must be set when AppArmor type is Localhost')
  if (profile === undefined) return [missing]
  const errors: FieldError[] = []
  if (profile.trim() !== profile) errors.push(field.invalid(at, profile, 'must not be padded with whitespace'))
  else if (profile === '') errors.push(missing)
  if (profile.length > maxProfile) errors.push(field.tooLong(at, maxProfile))
  return errors
}

/** Both ways to say the same must say the same. */
export function validateProfilesMatch(annotations: Annotations | undefined, spec: PodSpec, path: string): FieldError[] {
  if (annotations === undefined) return []
  const errors: FieldError[] = []
  const whole = spec.securityContext?.seccompProfile
  if (whole) append(errors, seccompMatches(annotations[seccompPod], whole, `${path}.securityContext.seccompProfile`))
  visitContainers(spec, path, ({ name, securityContext }, at) => {
    const profile = securityContext?.seccompProfile
    if (profile === undefined) return
    append(
      errors,
      seccompMatches(annotations[seccompContainer + name], profile, `${at}.securityContext.seccompProfile`),
    )
  })
  if (spec.os?.name === 'windows') return errors
  visitContainers(spec, path, ({ name, securityContext }, at) => {
    const profile = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile
    const annotation = appArmorAnnotation(annotations, name)
    if (profile === undefined || annotation === undefined || annotation === annotationOfProfile(profile)) return
    if (!types.includes(profile.type)) return
    const place = `${at}.securityContext.appArmorProfile`
    const local = profile.type === 'Localhost' && annotation.startsWith('localhost/')
    if (local) {
      errors.push(field.forbidden(`${place}.localhostProfile`, 'apparmor profile in annotation and field must match'))
    } else errors.push(field.forbidden(`${place}.type`, 'apparmor type in annotation and field must match'))
  })
  return errors
}

function seccompMatches(annotation: string | undefined, profile: SeccompProfile, path: string): FieldError[] {
  if (annotation === undefined) return []
  const wrongType = [field.forbidden(`${path}.type`, 'seccomp type in annotation and field must match')]
  switch (profile.type) {
    case 'Unconfined':
      return annotation === 'unconfined' ? [] : wrongType
    case 'RuntimeDefault':
      return annotation === 'runtime/default' || annotation === 'docker/default' ? [] : wrongType
    case 'Localhost': {
      if (!annotation.startsWith('localhost/')) return wrongType
      if (annotation === `localhost/${profile.localhostProfile}`) return []
      const text = 'seccomp profile in annotation and field must match'
      return [field.forbidden(`${path}.localhostProfile`, text)]
    }
    default:
      return []
  }
}
