import { append, formatTime, ipWarnings, isDns1123Label, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Container, Pod, PodCondition, PodSpec } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { samePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { syncAppArmor } from './app-armor-sync.ts'
import { dropGatedPodFields, dropGatedStatusFields } from './gated-fields.ts'
import { mergeLabelKeys } from './label-keys.ts'
import { qosClass } from './qos.ts'
import { validateNewPod } from './validation/pod.ts'
import { validateStatusUpdate } from './validation/pod-status.ts'
import { validateEphemeralUpdate, validatePodUpdate } from './validation/pod-update.ts'
import { validateResize } from './validation/resize.ts'
import { podWarnings } from './warnings.ts'

/** Counts changes of the spec, which the kubelet reports back as observedGeneration. */
function raiseGeneration(pod: Pod, old: Pod): void {
  if (pod.metadata === undefined) return
  const before = old.metadata?.generation ?? 0
  pod.metadata.generation = samePart('io.k8s.api.core.v1.PodSpec', pod.spec, old.spec) ? before : before + 1
  if (pod.metadata.generation === 0) delete pod.metadata.generation
}

/** A writer that does not know of generations does not take them back. */
function keepObservedGenerations({ status }: Pod, old: Pod): void {
  if (status === undefined) return
  const before = old.status?.observedGeneration
  if (!status.observedGeneration && before) status.observedGeneration = before
  if (!old.status?.conditions?.some(({ observedGeneration }) => observedGeneration)) return
  const known = new Map<string, number[]>()
  for (const { type, observedGeneration = 0 } of old.status?.conditions ?? []) {
    const list = known.get(type)
    if (list === undefined) known.set(type, [observedGeneration])
    else list.push(observedGeneration)
  }
  for (const condition of status.conditions ?? []) {
    const generation = known.get(condition.type)?.shift()
    if (!condition.observedGeneration && generation) condition.observedGeneration = generation
  }
}

function prepareStatus(pod: Pod, old: Pod): void {
  keep(pod, old, 'spec')
  if (pod.metadata && old.metadata) {
    // The status endpoint touches neither owners nor the end of a pod.
    keep(pod.metadata, old.metadata, 'ownerReferences')
    keep(pod.metadata, old.metadata, 'deletionTimestamp')
    keep(pod.metadata, old.metadata, 'deletionGracePeriodSeconds')
    keep(pod.metadata, old.metadata, 'generation')
  }
  pod.status ??= {}
  if (!pod.status.qosClass && old.status?.qosClass) pod.status.qosClass = old.status.qosClass
  keepObservedGenerations(pod, old)
  dropGatedStatusFields(pod, old)
}

/** What only the main endpoint changes of the metadata. */
function keepMeta(pod: Pod, old: Pod): void {
  if (pod.metadata === undefined || old.metadata === undefined) return
  for (const part of [
    'deletionGracePeriodSeconds',
    'deletionTimestamp',
    'generation',
    'selfLink',
    'labels',
    'annotations',
    'finalizers',
    'ownerReferences',
  ] as const) {
    keep(pod.metadata, old.metadata, part)
  }
}

function prepareEphemeral(pod: Pod, old: Pod): void {
  const wanted = pod.spec?.ephemeralContainers
  pod.spec = { ...(old.spec ?? { containers: [] }) }
  if (wanted === undefined) delete pod.spec.ephemeralContainers
  else pod.spec.ephemeralContainers = wanted
  keep(pod, old, 'status')
  keepMeta(pod, old)
}

/** The stored containers with the resources asked for; as they were asked for when they are other containers: validation refuses those. */
function withResources(wanted: Container[], old: Container[]): Container[] {
  if (wanted.some(({ name }, index) => old[index]?.name !== name)) return wanted
  return wanted.map((from, index) => {
    const container = { ...(old[index] as Container) }
    keep(container, from, 'resources')
    keep(container, from, 'resizePolicy')
    return container
  })
}

function prepareResize(pod: Pod, old: Pod): void {
  const [wanted, before] = [pod.spec, old.spec]
  if (wanted === undefined || before === undefined) return
  const lists = ['containers', 'initContainers'] as const
  if (lists.some(list => (wanted[list] ?? []).length !== (before[list] ?? []).length)) return
  const spec: PodSpec = { ...before, containers: withResources(wanted.containers ?? [], before.containers ?? []) }
  if (before.initContainers) {
    spec.initContainers = withResources(wanted.initContainers ?? [], before.initContainers)
  }
  keep(spec, wanted, 'resources')
  pod.spec = spec
  keep(pod, old, 'status')
  keepMeta(pod, old)
}

const heldBack = (now: number): PodCondition =>
  ({
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
    // Nobody probed: upstream writes null.
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
  }) as unknown as PodCondition

/** Annotations that a new pod's profiles were taken from, between its preparation and its warnings. */
const appArmorWarnings = new WeakMap<Pod, readonly string[]>()

function newPodWarnings(pod: Pod): readonly string[] {
  const warnings: string[] = [...(appArmorWarnings.get(pod) ?? [])]
  const wrong = isDns1123Label(pod.metadata?.name ?? '')
  if (wrong.length > 0) {
    const text =
      "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended"
    warnings.push(`metadata.name: ${text}: [${wrong.join(' ')}]`)
  }
  return pod.spec === undefined ? warnings : [...warnings, ...podWarnings(pod.spec, pod.metadata)]
}

const addressLists = ['podIPs', 'hostIPs'] as const

/** Only a status brings new addresses: the other endpoints keep the stored one. */
function statusWarnings({ status }: Pod, old: Pod): readonly string[] {
  const warnings: string[] = []
  if (status === undefined || status === old.status) return warnings
  for (const list of addressLists)
    status[list]?.forEach(({ ip = '' }, index) => {
      append(warnings, ipWarnings(`status.${list}[${index}].ip`, ip))
    })
  return warnings
}

/** The only fields that writers of single parts can own. */
const parts: Readonly<Record<string, readonly string[]>> = {
  ephemeralcontainers: ['spec.ephemeralContainers'],
  resize: ['containers', 'initContainers'].flatMap(list =>
    ['resources', 'resizePolicy'].map(part => `spec.${list}.*.${part}`),
  ),
}

export const strategy: Strategy<Pod> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  leavesSpec: true,
  prepareForCreate(pod, { now }) {
    if (pod.metadata) pod.metadata.generation = 1
    pod.status = { phase: 'Pending', qosClass: qosClass(pod) }
    dropGatedPodFields(pod)
    if (pod.spec?.schedulingGates?.length) pod.status.conditions = [heldBack(now)]
    mergeLabelKeys(pod)
    const warnings = syncAppArmor(pod)
    if (warnings.length > 0) appArmorWarnings.set(pod, warnings)
  },
  prepareForUpdate(pod, old, { subresource }) {
    if (subresource === 'status') return prepareStatus(pod, old)
    if (subresource === 'ephemeralcontainers') prepareEphemeral(pod, old)
    else if (subresource === 'resize') prepareResize(pod, old)
    else keep(pod, old, 'status')
    dropGatedPodFields(pod, old)
    raiseGeneration(pod, old)
  },
  validate: pod => [...validateBuiltinMeta(pod.metadata, true, nameIsDnsSubdomain), ...validateNewPod(pod)],
  validateUpdate(pod, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(pod.metadata, old.metadata)
    if (subresource === 'status') return errors.concat(validateStatusUpdate(pod, old))
    if (subresource === 'ephemeralcontainers') return [...errors, ...validateEphemeralUpdate(pod, old)]
    if (subresource === 'resize') return [...errors, ...validateResize(pod, old)]
    return [...errors, ...validatePodUpdate(pod, old)]
  },
  warnings: (pod, old) => (old === undefined ? newPodWarnings(pod) : statusWarnings(pod, old)),
  resetFields: subresource =>
    subresource === 'status'
      ? ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences']
      : subresource === ''
        ? ['status']
        : [],
  ownableFields: subresource => parts[subresource],
  gracePeriod({ spec, status }, requested) {
    const phase = status?.phase
    // Nothing runs yet, or nothing runs any more: there is nobody to wait for.
    if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0
    const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 0
    return seconds < 0 ? 1 : seconds
  },
}
