import { type FieldError, field } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { visitContainers } from '../containers.ts'

const notForWindows = 'cannot be set for a windows pod'
const notForLinux = 'windows options cannot be set for a linux pod'

/** Fields of a pod that only Linux has, in upstream's order. Those of the security context begin with a dot. */
const podFields = [
  '.appArmorProfile',
  '.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  '.seccompProfile',
  '.fsGroup',
  '.fsGroupChangePolicy',
  '.sysctls',
  'shareProcessNamespace',
  '.runAsUser',
  '.runAsGroup',
  '.supplementalGroups',
  '.supplementalGroupsPolicy',
  '.seLinuxChangePolicy',
]
const containerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const

const isSet = (name: string, value: unknown) =>
  value !== undefined && !(value === false && (name === 'hostPID' || name === 'hostIPC')) && !isEmptyList(value)
const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0

/** What a pod that names its operating system cannot have on it. */
export function validateOs(spec: PodSpec, path: string): FieldError[] {
  const { os } = spec
  if (os === undefined) return []
  if (!os.name) return [field.required(`${path}.os.name`)]
  if (os.name === 'linux') return validateLinux(spec, path)
  if (os.name === 'windows') return validateWindows(spec, path)
  return [field.notSupported(`${path}.os`, os.name, ['linux', 'windows'])]
}

function validateLinux(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (spec.securityContext?.windowsOptions) {
    errors.push(field.forbidden(`${path}.securityContext.windowsOptions`, notForLinux))
  }
  visitContainers(spec, path, ({ securityContext }, at) => {
    if (!securityContext?.windowsOptions) return
    errors.push(field.forbidden(`${at}.securityContext.windowsOptions`, notForLinux))
  })
  return errors
}

function validateWindows(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  const [whole, context] = [spec as unknown as Fields, (spec.securityContext ?? {}) as Fields]
  for (const name of podFields) {
    const inContext = name.startsWith('.')
    const value = inContext ? context[name.slice(1)] : whole[name]
    if (!isSet(name, value)) continue
    errors.push(field.forbidden(inContext ? `${path}.securityContext${name}` : `${path}.${name}`, notForWindows))
  }
  visitContainers(spec, path, ({ securityContext }, at) => {
    for (const name of containerFields) {
      if (securityContext?.[name] === undefined) continue
      errors.push(field.forbidden(`${at}.securityContext.${name}`, notForWindows))
    }
  })
  return errors
}

type Fields = Readonly<Record<string, unknown>>
