import { type FieldError, field, isIp, semanticEqual } from '@kubets/apimachinery'
import type { Container, Pod, PodSpec, Toleration } from '../../../../../wire.ts'
import { qosClass } from '../qos.ts'
import { items } from './checks.ts'
import { validateEphemeralContainers, validateImage } from './containers.ts'
import { describeChanges } from './describe-changes.ts'
import { podContext } from './pod.ts'
import { validateResources } from './resources.ts'
import { validateTolerations } from './scheduling.ts'

const mayChange =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** Of the new spec, what may differ set back to the old: what is left to differ is forbidden. */
function withoutAllowed(now: PodSpec, old: PodSpec): PodSpec {
  const copy = structuredClone(now)
  for (const list of ['containers', 'initContainers'] as const) {
    copy[list]?.forEach((container, index) => {
      const image = old[list]?.[index]?.image
      if (image === undefined) delete container.image
      else container.image = image
    })
  }
  take(copy, old, 'activeDeadlineSeconds')
  take(copy, old, 'tolerations')
  take(copy, old, 'schedulingGates')
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && copy.terminationGracePeriodSeconds === 1) {
    take(copy, old, 'terminationGracePeriodSeconds')
  }
  // While a pod is held back its place may still be narrowed down.
  if (old.schedulingGates?.length) {
    const selector = Object.entries(old.nodeSelector ?? {})
    if (selector.every(([key, value]) => copy.nodeSelector?.[key] === value)) take(copy, old, 'nodeSelector')
    if (old.affinity?.nodeAffinity === undefined && copy.affinity?.nodeAffinity) {
      delete copy.affinity.nodeAffinity
      if (old.affinity === undefined && Object.keys(copy.affinity).length === 0) delete copy.affinity
    }
  }
  return copy
}

function take<K extends keyof PodSpec>(spec: PodSpec, from: PodSpec, key: K): void {
  if (from[key] === undefined) delete spec[key]
  else spec[key] = from[key]
}

function validateDeadline(now: PodSpec, old: PodSpec): FieldError[] {
  const [after, before] = [now.activeDeadlineSeconds, old.activeDeadlineSeconds]
  const at = 'spec.activeDeadlineSeconds'
  if (before === undefined) return []
  if (after === undefined) return [field.invalid(at, null, 'must not update from a positive integer to nil value')]
  return after > before ? [field.invalid(at, after, 'must be less than or equal to previous value')] : []
}

/** Tolerations may be added; of an old one only the seconds may change. */
function validateAdded(now: Toleration[] = [], old: Toleration[] = []): FieldError[] {
  const bare = ({ tolerationSeconds: _, ...rest }: Toleration) => rest
  const kept = old.every(before => now.some(after => semanticEqual(bare(after), bare(before))))
  if (kept) return validateTolerations(now, 'spec.tolerations')
  return [field.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
}

export function validatePodUpdate(pod: Pod, oldPod: Pod): FieldError[] {
  const now = pod.spec ?? { containers: [] }
  const old = oldPod.spec ?? { containers: [] }
  for (const list of ['containers', 'initContainers'] as const) {
    if ((now[list] ?? []).length !== (old[list] ?? []).length) {
      return [field.forbidden(`spec.${list}`, 'pod updates may not add or remove containers')]
    }
  }
  const errors: FieldError[] = []
  for (const list of ['containers', 'initContainers'] as const) {
    errors.push(...items(now[list], `spec.${list}`, ({ image = '' }, at) => validateImage(image, `${at}.image`)))
  }
  errors.push(...validateDeadline(now, old), ...validateAdded(now.tolerations, old.tolerations))
  const gates = new Set(old.schedulingGates?.map(({ name }) => name))
  for (const { name } of now.schedulingGates ?? []) {
    if (gates.has(name)) continue
    errors.push(
      field.forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${name}'`),
    )
  }
  if (errors.length > 0) return errors
  const rest = withoutAllowed(now, old)
  if (semanticEqual(rest, old)) return []
  return [field.forbidden('spec', `${mayChange}\n${describeChanges(old, rest, 'spec')}`)]
}

/** A container that will not be started again stays ended. */
export function validateStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const policy = pod.spec?.restartPolicy
  const errors = items(pod.status?.podIPs, 'status.podIPs', ({ ip }, at) =>
    ip === undefined ? [] : isIp(ip).map(message => field.invalid(at, ip, message)),
  )
  if (policy === 'Always') return errors
  return errors.concat(
    items(pod.status?.containerStatuses, 'status.containerStatuses', ({ name, state }, at) => {
      const before = old.status?.containerStatuses?.find(status => status.name === name)?.state?.terminated
      if (before === undefined || state?.terminated !== undefined) return []
      if (policy === 'OnFailure' && before.exitCode !== 0) return []
      const rules = pod.spec?.containers?.find(container => container.name === name)?.restartPolicy
      if (rules === 'Always' || (rules === 'OnFailure' && before.exitCode !== 0)) return []
      return [field.forbidden(`${at}.state`, 'may not be transitioned to non-terminated state')]
    }),
  )
}

/** Ephemeral containers are added, never taken away or changed. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] }
  const context = podContext(spec)
  for (const { name } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) context.names.add(name)
  const path = 'spec.ephemeralContainers'
  const errors = validateEphemeralContainers(spec.ephemeralContainers, path, context)
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const index = (spec.ephemeralContainers ?? []).findIndex(({ name }) => name === before.name)
    const { name } = before
    if (index < 0) errors.push(field.forbidden(path, `existing ephemeral containers "${name}" may not be removed\n`))
    else if (!semanticEqual(spec.ephemeralContainers?.[index], before)) {
      errors.push(field.forbidden(path, `existing ephemeral containers "${name}" may not be changed\n`))
    }
  }
  return errors
}

const resizable = new Set(['cpu', 'memory'])

function validateResizedContainer(now: Container, old: Container | undefined, path: string): FieldError[] {
  const errors = validateResources(now.resources, `${path}.resources`)
  for (const part of ['requests', 'limits'] as const) {
    const [after, before] = [now.resources?.[part] ?? {}, old?.resources?.[part] ?? {}]
    for (const name of Object.keys({ ...after, ...before })) {
      if (after[name] === before[name]) continue
      if (!resizable.has(name)) errors.push(field.forbidden('spec', 'only cpu and memory resources are mutable'))
      else if (after[name] === undefined) {
        errors.push(field.forbidden(`${path}.resources.${part}`, `resource ${part} cannot be removed`))
      }
    }
  }
  return errors
}

/** In-place resize: amounts of cpu and memory, within the same quality of service. */
export function validateResize(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = []
  for (const list of ['containers', 'initContainers'] as const) {
    errors.push(
      ...items(pod.spec?.[list], `spec.${list}`, (container, at, index) =>
        validateResizedContainer(container, old.spec?.[list]?.[index], at),
      ),
    )
  }
  const [now, before] = [qosClass(pod), old.status?.qosClass ?? qosClass(old)]
  if (now !== before) errors.push(field.invalid('spec', now, 'Pod QOS Class may not change as a result of resizing'))
  return errors
}
