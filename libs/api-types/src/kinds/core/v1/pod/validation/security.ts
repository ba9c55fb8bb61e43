import { append, type FieldError, field, isGroupId, isUserId } from '@kubets/apimachinery'
import type { Container, PodSpec } from '../../../../../wire.ts'
import { internalForm } from '../../../../validation/internal-form.ts'
import { each, items, pointerEnum } from './checks.ts'
import { validateAppArmor, validateSeccomp } from './profiles.ts'
import type { PodRules } from './rules.ts'
import { validateSysctls } from './sysctls.ts'
import { validateWindowsOptions } from './windows.ts'

export type ContainerSecurity = NonNullable<Container['securityContext']>

const id = (path: string, value: number | undefined, check: (id: number) => string[]): FieldError[] =>
  value === undefined ? [] : each(path, value, check(value))

/** `hostUsers`: the pod's users are the machine's. */
export function validateContainerSecurity(
  context: ContainerSecurity | undefined,
  path: string,
  hostUsers: boolean,
): FieldError[] {
  if (context === undefined) return []
  const errors = [
    ...id(`${path}.runAsUser`, context.runAsUser, isUserId),
    ...id(`${path}.runAsGroup`, context.runAsGroup, isGroupId),
    ...pointerEnum(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']),
  ]
  if (hostUsers && context.procMount === 'Unmasked') {
    errors.push(field.invalid(`${path}.procMount`, 'Unmasked', '`hostUsers` must be false to use `Unmasked`'))
  }
  append(
    errors,
    validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    validateEscalation(context, path),
    validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
  )
  return errors
}

function validateEscalation(context: ContainerSecurity, path: string): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return []
  const given: string[] = context.privileged === true ? ['`privileged` to true'] : []
  for (const capability of context.capabilities?.add ?? []) {
    if (capability === 'CAP_SYS_ADMIN') given.push('`capabilities.Add` CAP_SYS_ADMIN')
  }
  return given.map(what => {
    const text = `cannot set \`allowPrivilegeEscalation\` to false and ${what}`
    return field.invalid(path, internalForm('io.k8s.api.core.v1.SecurityContext', context), text)
  })
}

/** As the defaults leave it where nothing is asked for. */
function isEmpty(context: object): boolean {
  for (const _ in context) return false
  return true
}

export function validatePodSecurity(spec: PodSpec, path: string, rules: PodRules): FieldError[] {
  const { securityContext: context } = spec
  if (context === undefined || (isEmpty(context) && spec.shareProcessNamespace !== true)) return []
  const errors = [
    ...id(`${path}.fsGroup`, context.fsGroup, isGroupId),
    ...id(`${path}.runAsUser`, context.runAsUser, isUserId),
    ...id(`${path}.runAsGroup`, context.runAsGroup, isGroupId),
    ...items(context.supplementalGroups, `${path}.supplementalGroups`, (group, at) => id(at, group, isGroupId)),
  ]
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const text = 'ShareProcessNamespace and HostPID cannot both be enabled'
    errors.push(field.invalid(`${path}.shareProcessNamespace`, true, text))
  }
  const changes = rules.allowAnySELinuxChange ? ['MountOption', 'Recursive'] : ['Recursive']
  append(
    errors,
    validateSysctls(spec, `${path}.sysctls`, rules),
    pointerEnum(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
    pointerEnum(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    pointerEnum(`${path}.seLinuxChangePolicy`, context.seLinuxChangePolicy, changes),
  )
  return errors
}
