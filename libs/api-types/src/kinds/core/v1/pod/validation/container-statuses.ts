import { type FieldError, field, isGroupId, isUserId } from '@kubets/apimachinery'
import type { Container, ContainerStatus, PodSpec } from '../../../../../wire.ts'
import { each, items } from './checks.ts'

type Statuses = readonly ContainerStatus[] | undefined
type Allocated = NonNullable<ContainerStatus['allocatedResourcesStatus']>[number]

const health = ['Healthy', 'Unhealthy', 'Unknown']
const maxMessage = 512
const notAgain = 'may not be transitioned to non-terminated state'

/** Some container's rule starts all of them again: then any may leave its end. */
const couldAllRestart = (spec: PodSpec) =>
  [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some(({ restartPolicyRules: rules }) =>
    rules?.some(({ action }) => action === 'RestartAllContainers'),
  )

function ruleFor({ restartPolicyRules: rules }: Container, exitCode: number) {
  return rules?.find(({ exitCodes }) => {
    if (exitCodes === undefined) return false
    const named = exitCodes.values?.includes(exitCode) ?? false
    return exitCodes.operator === 'In' ? named : exitCodes.operator === 'NotIn' && !named
  })
}

/** Whether a container that ended so is started again. */
export function shouldRestart(container: Container, spec: PodSpec, exitCode: number): boolean {
  const { restartPolicy: own } = container
  if (own !== undefined) {
    const action = ruleFor(container, exitCode)?.action
    if (action === 'Restart' || action === 'RestartAllContainers') return true
  }
  switch (own ?? spec.restartPolicy) {
    case 'OnFailure':
      return exitCode !== 0
    case 'Never':
      return false
    default:
      return true
  }
}

/** Whose statuses they are. The spec is asked only where a status says something of it. */
type List = 'containers' | 'initContainers'

/** A container that will not be started again stays ended. */
export function validateEnds(now: Statuses, old: Statuses, path: string, spec: PodSpec, list: List): FieldError[] {
  if (!old?.some(({ state }) => state?.terminated) || couldAllRestart(spec)) return []
  const containers = spec[list]
  return items(old, path, ({ name, state }, at) => {
    const ended = state?.terminated
    if (ended === undefined) return []
    const next = now?.find(status => status.name === name && status.state?.terminated === undefined)
    if (next === undefined) return []
    const container = containers?.find(one => one.name === name)
    if (container !== undefined && shouldRestart(container, spec, ended.exitCode)) return []
    return [field.forbidden(`${at}.state`, notAgain)]
  })
}

/** An ephemeral container runs once. */
export const validateEphemeralEnds = (now: Statuses, old: Statuses, path: string): FieldError[] =>
  items(old, path, ({ name, state }, at) => {
    if (state?.terminated === undefined) return []
    const again = now?.filter(status => status.name === name && status.state?.terminated === undefined) ?? []
    return again.map(() => field.forbidden(`${at}.state`, notAgain))
  })

/** Who a container runs as. */
export function validateUsers(statuses: Statuses, path: string, spec: PodSpec): FieldError[] {
  return items(statuses, path, ({ user }, index) => {
    const linux = user?.linux
    if (linux === undefined) return []
    const at = `${index}.user.linux`
    if (spec.os?.name === 'windows') return [field.forbidden(at, 'cannot be set for a windows pod')]
    return [
      ...each(`${at}.uid`, linux.uid, isUserId(linux.uid)),
      ...each(`${at}.gid`, linux.gid, isGroupId(linux.gid)),
      ...items(linux.supplementalGroups, `${at}.supplementalGroups`, (group, place) =>
        each(place, group, isGroupId(group)),
      ),
    ]
  })
}

/** How the devices of a container are. */
export function validateAllocated(statuses: Statuses, path: string, spec: PodSpec, list: List): FieldError[] {
  return items(statuses, path, ({ name, allocatedResourcesStatus: allocated }, at) => {
    if (allocated === undefined) return []
    const container = spec[list]?.find(one => one.name === name)
    return items(allocated, `${at}.allocatedResourcesStatus`, (one, place) => [
      ...(container === undefined ? [] : validateAllocatedName(one.name, container, `${place}.name`)),
      ...validateHealth(one, `${place}.resources`),
    ])
  })
}

function validateAllocatedName(name: string | undefined, { resources }: Container, path: string): FieldError[] {
  name ??= ''
  if (!name.startsWith('claim:')) {
    if (Object.hasOwn(resources?.requests ?? {}, name)) return []
    return [field.invalid(path, name, "must match one of the container's resource requests")]
  }
  const claims = (resources?.claims ?? []).map(({ name, request }) => `claim:${name}${request ? `/${request}` : ''}`)
  if (claims.includes(name)) return []
  const text =
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
  return [field.invalid(path, name, text)]
}

function validateHealth({ resources }: Allocated, path: string): FieldError[] {
  const seen = new Set<string>()
  return items(resources, path, (resource, at) => {
    const { resourceID, health: state = '', message } = resource as typeof resource & { message?: string }
    const errors = health.includes(state) ? [] : [field.notSupported(`${at}.health`, state, health)]
    if (message === '') errors.push(field.required(`${at}.message`, 'must be non-empty if specified'))
    else if (message !== undefined && Buffer.byteLength(message) > maxMessage) {
      errors.push(field.tooLong(`${at}.message`, maxMessage))
    }
    if (seen.has(resourceID)) errors.push(field.duplicate(`${at}.resourceID`, resourceID))
    seen.add(resourceID)
    return errors
  })
}

/** Ephemeral containers have no devices. */
export const validateNoAllocated = (statuses: Statuses, path: string): FieldError[] =>
  items(statuses, path, ({ allocatedResourcesStatus }, at) =>
    allocatedResourcesStatus?.length
      ? [field.forbidden(`${at}.allocatedResourcesStatus`, 'must not be specified in container status')]
      : [],
  )
