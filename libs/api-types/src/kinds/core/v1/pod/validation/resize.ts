import { append, type FieldError, field, semanticEqual } from '@kubets/apimachinery'
import type { Container, Pod, PodSpec } from '../../../../../wire.ts'
import { mirrorPod } from '../annotations.ts'
import { isRestartable } from '../containers.ts'
import { qosClass } from '../qos.ts'
import { validatePod } from './pod.ts'
import { rulesAfter } from './rules.ts'

type Resources = NonNullable<Container['resources']>
type List = Resources['requests']

const emptySpec: PodSpec = { containers: [] }
const onlyBoth = 'only cpu and memory resources are mutable'

const hasPodResources = ({ spec }: Pod) =>
  Object.keys({ ...spec?.resources?.requests, ...spec?.resources?.limits }).length > 0

/** Kubelets that can resize report what containers have. Before one runs nobody knows. */
function isSupported({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running)
  return running === undefined || running.resources !== undefined
}

const removes = (now: List = {}, old: List = {}) => Object.keys(old).some(name => !Object.hasOwn(now, name))

/** The new amounts with the old cpu and memory: what is left to differ is forbidden. */
function withOldBoth(now: List, old: List): List {
  const { cpu: _, memory: __, ...rest } = now ?? {}
  for (const name of ['cpu', 'memory'] as const) if (old?.[name] !== undefined) rest[name] = old[name]
  return rest
}

const isNothing = (list: List) => Object.keys(list ?? {}).length === 0

function masked(now: Resources | undefined, old: Resources | undefined): Resources {
  const limits = withOldBoth(now?.limits, old?.limits)
  const requests = withOldBoth(now?.requests, old?.requests)
  return { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) }
}

function validateOrder(now: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = []
  for (const list of ['containers', 'initContainers'] as const) {
    const [after, before] = [now[list] ?? [], old[list] ?? []]
    if (after.length !== before.length) {
      errors.push(field.forbidden(`spec.${list}`, `${list} may not be added or removed on resize`))
      continue
    }
    before.forEach(({ name }, index) => {
      if (after[index]?.name === name) return
      errors.push(field.forbidden(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`))
    })
  }
  return errors
}

function validatePodLevel(now: PodSpec, old: PodSpec): FieldError[] {
  const [after, before] = [now.resources, old.resources]
  if (before !== undefined && after === undefined) {
    return [field.forbidden('spec.resources', 'pod-level resources cannot be removed')]
  }
  const errors: FieldError[] = []
  for (const [part, what] of [
    ['requests', 'requests'],
    ['limits', 'limits'],
  ] as const) {
    if (before !== undefined && removes(after?.[part], before[part])) {
      errors.push(field.forbidden(`spec.resources.${part}`, `pod-level resource ${what} cannot be removed`))
    }
  }
  const rest: Resources = { ...masked(after, before), ...(after?.claims ? { claims: after.claims } : {}) }
  const isEmpty = before === undefined && !rest.claims?.length && isNothing(rest.limits) && isNothing(rest.requests)
  if (!isEmpty && !semanticEqual(rest, before)) {
    errors.push(field.forbidden('spec', 'only cpu and memory resources are mutable at pod-level'))
  }
  return errors
}

function validateRemoved(now: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = []
  for (const list of ['initContainers', 'containers'] as const) {
    old[list]?.forEach(({ resources }, index) => {
      const next = now[list]?.[index]?.resources
      for (const part of ['requests', 'limits'] as const) {
        if (!removes(next?.[part], resources?.[part])) continue
        errors.push(field.forbidden(`spec.${list}[${index}].resources.${part}`, `resource ${part} cannot be removed`))
      }
    })
  }
  return errors
}

/** Without what a resize may change: cpu and memory. */
const maskedContainer = (now: Container, old: Container): Container => ({
  ...now,
  resources: masked(now.resources, old.resources),
})

const same = (now: Container, old: Container) => {
  const { resources, ...rest } = now
  const { resources: before, ...restBefore } = old
  return semanticEqual(rest, restBefore) && semanticEqual(resources, before)
}

function validateContainers(now: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = []
  now.containers?.forEach((container, index) => {
    const before = old.containers?.[index]
    if (before === undefined || same(maskedContainer(container, before), before)) return
    errors.push(field.forbidden('spec', onlyBoth))
  })
  now.initContainers?.forEach((container, index) => {
    const before = old.initContainers?.[index]
    if (before === undefined) return
    const at = `spec.initContainers[${index}]`
    if (!same(maskedContainer(container, before), before)) {
      const text = 'only cpu and memory resources for init or sidecar containers are mutable'
      errors.push(field.forbidden(at, text))
    }
    if (isRestartable(container) || same(container, before)) return
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy !== 'RestartContainer') continue
      const text = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized'
      errors.push(field.forbidden(at, text))
    }
  })
  return errors
}

/** Resize in place (KEP-1287): amounts of cpu and memory, within the same quality of service. */
export function validateResize(pod: Pod, oldPod: Pod): FieldError[] {
  if (oldPod.metadata?.annotations?.[mirrorPod] !== undefined) {
    return [field.forbidden('[]', 'static pods cannot be resized')]
  }
  if (oldPod.spec?.os?.name === 'windows') return [field.forbidden('[]', 'windows pods cannot be resized')]
  const [now, old] = [pod.spec ?? emptySpec, oldPod.spec ?? emptySpec]
  const errors = validatePod(pod, rulesAfter(oldPod, true))
  if ((oldPod.status?.qosClass ?? qosClass(oldPod)) !== qosClass(pod)) {
    const text = 'Pod QOS Class may not change as a result of resizing'
    errors.push(field.invalid('spec', pod.status?.qosClass ?? '', text))
  }
  if (!isSupported(oldPod)) errors.push(field.forbidden('spec', 'Pod running on node without support for resize'))
  const whole = hasPodResources(oldPod) || hasPodResources(pod)
  if (whole) append(errors, validatePodLevel(now, old))
  const order = validateOrder(now, old)
  if (order.length > 0) return [...errors, ...order]
  append(errors, validateRemoved(now, old), validateContainers(now, old))
  if (errors.length > 0) return errors
  const { containers: _, initContainers: __, resources, ...rest } = now
  const { containers: ___, initContainers: ____, resources: before, ...restBefore } = old
  const untouched = semanticEqual(rest, restBefore) && (whole || semanticEqual(resources, before))
  return untouched ? [] : [field.forbidden('spec', onlyBoth)]
}
