import { type FieldError, field, isDns1123Label, isPortName, isPortNumber } from '@kubets/apimachinery'
import type { Container, PodSpec, Volume } from '../../../../../wire.ts'
import { each, items, optionalEnum, requiredEnum } from './checks.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { validateDevices, validateMounts } from './mounts.ts'
import { validateLifecycle, validateProbes } from './probes.ts'
import { validateResources } from './resources.ts'
import { validateContainerSecurity } from './security.ts'

type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number]

export const protocols = ['SCTP', 'TCP', 'UDP']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']

/** What containers are checked against. */
export interface PodContext {
  readonly spec: PodSpec
  readonly volumes: ReadonlyMap<string, Volume>
  readonly claims: ReadonlySet<string>
  /** Names of all containers so far: they share one space. */
  readonly names: Set<string>
}

function validatePorts(container: Container, path: string): FieldError[] {
  const names = new Set<string>()
  return items(container.ports, `${path}.ports`, ({ name, containerPort, hostPort = 0, protocol }, at) => {
    const errors: FieldError[] = []
    if (name) {
      const problems = each(`${at}.name`, name, isPortName(name))
      if (problems.length === 0 && names.has(name)) problems.push(field.duplicate(`${at}.name`, name))
      names.add(name)
      errors.push(...problems)
    }
    if (!containerPort) errors.push(field.required(`${at}.containerPort`))
    else errors.push(...each(`${at}.containerPort`, containerPort, isPortNumber(containerPort)))
    if (hostPort !== 0) errors.push(...each(`${at}.hostPort`, hostPort, isPortNumber(hostPort)))
    return errors.concat(requiredEnum(`${at}.protocol`, protocol, protocols))
  })
}

/** What every kind of container has. */
function validateCommon(container: Container, path: string, context: PodContext): FieldError[] {
  const { name, image } = container
  const errors: FieldError[] = []
  if (!name) errors.push(field.required(`${path}.name`))
  else {
    errors.push(...each(`${path}.name`, name, isDns1123Label(name)))
    if (context.names.has(name)) errors.push(field.duplicate(`${path}.name`, name))
    context.names.add(name)
  }
  if (!image) errors.push(field.required(`${path}.image`))
  else errors.push(...validateImage(image, `${path}.image`))
  const { terminationMessagePolicy: policy } = container
  errors.push(
    ...requiredEnum(`${path}.terminationMessagePolicy`, policy, ['FallbackToLogsOnError', 'File']),
    ...validatePorts(container, path),
    ...validateEnv(container.env, `${path}.env`),
    ...validateEnvFrom(container.envFrom, `${path}.envFrom`),
    ...validateMounts(container, context.volumes, path),
    ...validateDevices(container, context.volumes, path),
    ...requiredEnum(`${path}.imagePullPolicy`, container.imagePullPolicy, pullPolicies),
    ...validateResources(container.resources, `${path}.resources`, context.claims),
    ...validateContainerSecurity(container.securityContext, `${path}.securityContext`),
    ...items(container.resizePolicy, `${path}.resizePolicy`, ({ resourceName, restartPolicy }) => [
      ...requiredEnum(`${path}.resizePolicy`, resourceName, ['cpu', 'memory']),
      ...requiredEnum(`${path}.resizePolicy`, restartPolicy, ['NotRequired', 'RestartContainer']),
    ]),
  )
  return errors
}

export function validateImage(image: string, path: string): FieldError[] {
  return image === image.trim() ? [] : [field.invalid(path, image, 'must not have leading or trailing whitespace')]
}

export function validateContainers(containers: readonly Container[], path: string, context: PodContext): FieldError[] {
  if (containers.length === 0) return [field.required(path)]
  const grace = context.spec.terminationGracePeriodSeconds
  return items(containers, path, (container, at) => [
    ...validateCommon(container, at, context),
    ...validateLifecycle(container.lifecycle, `${at}.lifecycle`, grace),
    ...validateProbes(container, at),
    ...optionalEnum(`${at}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure']),
  ])
}

/** Only init containers that go on running have probes and hooks. */
export function validateInitContainers(
  containers: PodSpec['initContainers'],
  path: string,
  context: PodContext,
): FieldError[] {
  const grace = context.spec.terminationGracePeriodSeconds
  return items(containers, path, (container, at) => {
    const errors = validateCommon(container, at, context)
    errors.push(...optionalEnum(`${at}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure']))
    if (container.restartPolicy === 'Always') {
      errors.push(...validateLifecycle(container.lifecycle, `${at}.lifecycle`, grace), ...validateProbes(container, at))
      return errors
    }
    for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[name] === undefined) continue
      const text = 'may not be set for init containers without restartPolicy=Always'
      errors.push(field.forbidden(`${at}.${name}`, text))
    }
    return errors
  })
}

/** What a container that is added while the pod runs may not have. */
const notEphemeral = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
] as const

export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[] | undefined,
  path: string,
  context: PodContext,
): FieldError[] {
  const targets = new Set((context.spec.containers ?? []).map(({ name }) => name))
  return items(containers, path, (container, at) => {
    const errors = validateCommon(container as Container, at, context)
    const { targetContainerName: target } = container
    if (target && !targets.has(target)) errors.push(field.notFound(`${at}.targetContainerName`, target))
    for (const name of notEphemeral) {
      const value = container[name]
      if (value === undefined || Object.keys(value).length === 0) continue
      errors.push(field.forbidden(`${at}.${name}`, 'cannot be set for an Ephemeral Container'))
    }
    container.volumeMounts?.forEach((mount, i) => {
      if (!mount.subPath && !mount.subPathExpr) return
      const which = mount.subPath ? 'subPath' : 'subPathExpr'
      errors.push(field.forbidden(`${at}.volumeMounts[${i}].${which}`, 'cannot be set for an Ephemeral Container'))
    })
    return errors
  })
}

/** One port of the host belongs to one container. */
export function validateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>()
  return items(containers, path, (container, at) =>
    items(container.ports, `${at}.ports`, ({ hostPort = 0, hostIP = '', protocol = '' }, atPort) => {
      if (hostPort === 0) return []
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) return [field.duplicate(`${atPort}.hostPort`, key)]
      taken.add(key)
      return []
    }),
  )
}

/** In the host's network a container's ports are the host's. */
export function validateHostNetwork(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostNetwork !== true) return []
  return items(spec.containers, `${path}.containers`, (container, at) =>
    items(container.ports, `${at}.ports`, ({ hostPort = 0, containerPort }, atPort) =>
      hostPort === containerPort
        ? []
        : [field.invalid(`${atPort}.containerPort`, containerPort, 'must match `hostPort` when `hostNetwork` is true')],
    ),
  )
}
