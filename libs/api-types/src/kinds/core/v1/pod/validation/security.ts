import { type FieldError, field, isGroupId, isUserId } from '@kubets/apimachinery'
import type { Container, PodSpec } from '../../../../../wire.ts'
import { each, items, localPath, optionalEnum } from './checks.ts'

type ContainerSecurity = NonNullable<Container['securityContext']>
type PodSecurity = NonNullable<PodSpec['securityContext']>
type Profile = { type: string; localhostProfile?: string }

const id = (path: string, value: number | undefined, check: (id: number) => string[]): FieldError[] =>
  value === undefined ? [] : each(path, value, check(value))

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function validateProfile(profile: Profile | undefined, path: string, name: 'seccomp' | 'AppArmor'): FieldError[] {
  if (profile === undefined) return []
  const { type, localhostProfile } = profile
  if (!type)
    return [
      field.required(
        `${path}.type`,
        `type is required when ${name === 'seccomp' ? 'seccompProfile' : 'appArmorProfile'} is set`,
      ),
    ]
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') {
    if (localhostProfile === undefined) return [field.required(at, `must be set when ${name} type is Localhost`)]
    return name === 'seccomp' ? localPath(at, localhostProfile) : []
  }
  const errors = optionalEnum(`${path}.type`, type, profileTypes)
  if (localhostProfile !== undefined) {
    errors.push(field.invalid(at, localhostProfile, `can only be set when ${name} type is Localhost`))
  }
  return errors
}

export function validateContainerSecurity(context: ContainerSecurity | undefined, path: string): FieldError[] {
  if (context === undefined) return []
  const errors = [
    ...id(`${path}.runAsUser`, context.runAsUser, isUserId),
    ...id(`${path}.runAsGroup`, context.runAsGroup, isGroupId),
    ...optionalEnum(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']),
    ...validateProfile(context.seccompProfile, `${path}.seccompProfile`, 'seccomp'),
    ...validateProfile(context.appArmorProfile, `${path}.appArmorProfile`, 'AppArmor'),
  ]
  if (context.allowPrivilegeEscalation !== false) return errors
  const refuse = (what: string) =>
    errors.push(field.invalid(path, context, `cannot set \`allowPrivilegeEscalation\` to false and ${what}`))
  if (context.privileged === true) refuse('`privileged` to true')
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) refuse('`capabilities.Add` CAP_SYS_ADMIN')
  return errors
}

const sysctl = /^([a-z0-9][-_a-z0-9]*[a-z0-9]|[a-z0-9])([./]([a-z0-9][-_a-z0-9]*[a-z0-9]|[a-z0-9]))*$/

export function validatePodSecurity(context: PodSecurity | undefined, spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    errors.push(
      field.invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'),
    )
  }
  if (context === undefined) return errors
  errors.push(
    ...id(`${path}.fsGroup`, context.fsGroup, isGroupId),
    ...id(`${path}.runAsUser`, context.runAsUser, isUserId),
    ...id(`${path}.runAsGroup`, context.runAsGroup, isGroupId),
    ...items(context.supplementalGroups, `${path}.supplementalGroups`, (group, at) => id(at, group, isGroupId)),
    ...optionalEnum(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...optionalEnum(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...validateProfile(context.seccompProfile, `${path}.seccompProfile`, 'seccomp'),
    ...validateProfile(context.appArmorProfile, `${path}.appArmorProfile`, 'AppArmor'),
  )
  const names = new Set<string>()
  return errors.concat(
    items(context.sysctls, `${path}.sysctls`, ({ name }, at) => {
      if (!name) return [field.required(`${at}.name`)]
      if (name.length > 253 || !sysctl.test(name)) {
        const text = `must have at most 253 characters and match regex ${sysctl.source.slice(1, -1)}`
        return [field.invalid(`${at}.name`, name, text)]
      }
      if (names.has(name)) return [field.duplicate(`${at}.name`, name)]
      names.add(name)
      return []
    }),
  )
}
