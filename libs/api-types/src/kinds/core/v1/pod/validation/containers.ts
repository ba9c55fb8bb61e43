import { append, type FieldError, field, isDns1123Label, isPortName, isPortNumber } from '@kubets/apimachinery'
import type { Container, PodSpec, Volume } from '../../../../../wire.ts'
import { type AnyContainer, isRestartable } from '../containers.ts'
import { each, items, requiredEnum } from './checks.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { validateDevices, validateMounts } from './mounts.ts'
import { validateLifecycle, validateProbes } from './probes.ts'
import { validateResources } from './resources.ts'
import { validateInitRestart, validateResizePolicy, validateRestart } from './restart-policy.ts'
import type { PodRules } from './rules.ts'
import { validateContainerSecurity } from './security.ts'

export const protocols = ['SCTP', 'TCP', 'UDP']
const messagePolicies = ['File', 'FallbackToLogsOnError']
export const pullPolicies = ['Always', 'IfNotPresent', 'Never']

/** What containers are checked against. */
export interface PodContext {
  readonly spec: PodSpec
  readonly rules: PodRules
  /** Those that are right themselves. */
  readonly volumes: ReadonlyMap<string, Volume>
  readonly claims: ReadonlySet<string>
  readonly hostUsers: boolean
}

function validatePorts(container: AnyContainer, path: string): FieldError[] {
  if (container.ports === undefined) return []
  const names = new Set<string>()
  return items(container.ports, `${path}.ports`, ({ name, containerPort, hostPort = 0, protocol }, at) => {
    const errors: FieldError[] = []
    if (name) {
      const problems = each(`${at}.name`, name, isPortName(name))
      if (problems.length === 0 && names.has(name)) problems.push(field.duplicate(`${at}.name`, name))
      names.add(name)
      append(errors, problems)
    }
    if (!containerPort) errors.push(field.required(`${at}.containerPort`))
    else append(errors, each(`${at}.containerPort`, containerPort, isPortNumber(containerPort)))
    if (hostPort !== 0) append(errors, each(`${at}.hostPort`, hostPort, isPortNumber(hostPort)))
    append(errors, requiredEnum(`${at}.protocol`, protocol, protocols))
    return errors
  })
}

/** What every kind of container has. */
export function validateCommon(container: AnyContainer, path: string, context: PodContext): FieldError[] {
  const { name, image } = container
  const { rules, spec } = context
  const errors = name ? each(`${path}.name`, name, isDns1123Label(name)) : [field.required(`${path}.name`)]
  if (!image) errors.push(field.required(`${path}.image`))
  append(errors, requiredEnum(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, messagePolicies))
  append(errors, validatePorts(container, path))
  append(errors, validateEnv(container.env, `${path}.env`))
  append(errors, validateEnvFrom(container.envFrom, `${path}.envFrom`))
  append(errors, validateMounts(container, context.volumes, path))
  append(errors, validateDevices(container, context.volumes, path))
  append(errors, requiredEnum(`${path}.imagePullPolicy`, container.imagePullPolicy, pullPolicies))
  append(errors, validateResources(container.resources, `${path}.resources`, context.claims, rules))
  append(errors, validateResizePolicy(container.resizePolicy, `${path}.resizePolicy`, spec))
  append(errors, validateContainerSecurity(container.securityContext, `${path}.securityContext`, context.hostUsers))
  return errors
}

export const isPadded = (image: string): boolean => image !== image.trim()

/** Blanks around an image's name: templates may have them, pods not. */
export function validateImage(image: string, path: string): FieldError[] {
  return isPadded(image) ? [field.invalid(path, image, 'must not have leading or trailing whitespace')] : []
}

export function validateContainers(containers: readonly Container[], path: string, context: PodContext): FieldError[] {
  if (containers.length === 0) return [field.required(path)]
  const grace = context.spec.terminationGracePeriodSeconds
  const names = new Set<string>()
  const errors = items(containers, path, (container, at) => {
    const found = validateCommon(container, at, context)
    const { name = '' } = container
    if (names.has(name)) found.push(field.duplicate(`${at}.name`, name))
    names.add(name)
    append(found, validateLifecycle(container.lifecycle, `${at}.lifecycle`, grace))
    append(found, validateProbes(container, at, grace))
    append(found, validateRestart(container, at))
    return found
  })
  append(errors, validateHostPorts(containers, path))
  return errors
}

const onlySidecars = 'may not be set for init containers without restartPolicy=Always'

/** Only init containers that go on running have probes and hooks. */
export function validateInitContainers(
  containers: PodSpec['initContainers'],
  path: string,
  context: PodContext,
): FieldError[] {
  if (containers === undefined) return []
  const grace = context.spec.terminationGracePeriodSeconds
  const names = new Set((context.spec.containers ?? []).map(({ name = '' }) => name))
  return items(containers, path, (container, at) => {
    const errors = [...validateCommon(container, at, context), ...validateInitRestart(container, at)]
    const { name = '' } = container
    if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    else if (name) names.add(name)
    append(errors, validateHostPorts([container], path))
    if (isRestartable(container)) {
      append(
        errors,
        validateLifecycle(container.lifecycle, `${at}.lifecycle`, grace),
        validateProbes(container, at, grace),
      )
      return errors
    }
    for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[name] !== undefined) errors.push(field.forbidden(`${at}.${name}`, onlySidecars))
    }
    if (context.rules.allowRestartingInitResizes) return errors
    return errors.concat(
      items(container.resizePolicy, `${at}.resizePolicy`, ({ restartPolicy }, atPolicy) => {
        if (restartPolicy !== 'RestartContainer') return []
        const text = "must not be set to 'RestartContainer' for non-sidecar initContainers"
        return [field.invalid(`${atPolicy}.restartPolicy`, restartPolicy, text)]
      }),
    )
  })
}

const hasHostPort = ({ ports }: Container): boolean => ports?.some(({ hostPort = 0 }) => hostPort !== 0) ?? false

/** One port of the host belongs to one container. */
function validateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  if (!containers.some(hasHostPort)) return []
  const taken = new Set<string>()
  return items(containers, path, ({ ports }, at) =>
    items(ports, `${at}.ports`, ({ hostPort = 0, hostIP = '', protocol = '' }, atPort) => {
      if (hostPort === 0) return []
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) return [field.duplicate(`${atPort}.hostPort`, key)]
      taken.add(key)
      return []
    }),
  )
}
