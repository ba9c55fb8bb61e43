import { nameIsDnsSubdomain, semanticEqual, validateObjectMeta, validateObjectMetaUpdate } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Pod, PodCondition } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { qosClass } from './qos.ts'
import { validatePod } from './validation/pod.ts'
import {
  validateEphemeralUpdate,
  validatePodUpdate,
  validateResize,
  validateStatusUpdate,
} from './validation/pod-update.ts'
import { warningsForPod } from './warnings.ts'

/** Counts changes of the spec, which the kubelet reports back as observedGeneration. */
function raiseGeneration(pod: Pod, old: Pod): void {
  if (pod.metadata === undefined) return
  const before = old.metadata?.generation ?? 0
  pod.metadata.generation = semanticEqual(pod.spec, old.spec) ? before : before + 1
  if (pod.metadata.generation === 0) delete pod.metadata.generation
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
}

/** Only the part that the endpoint is for comes from the request. */
function preparePart(pod: Pod, old: Pod, part: 'ephemeralContainers' | 'resources'): void {
  const asked = pod.spec
  pod.spec = structuredClone(old.spec ?? { containers: [] })
  keep(pod, old, 'status')
  const wanted = asked?.[part]
  if (wanted === undefined) delete pod.spec[part]
  else Object.assign(pod.spec, { [part]: wanted })
  if (part === 'ephemeralContainers') return
  for (const list of ['containers', 'initContainers'] as const) {
    for (const container of pod.spec[list] ?? []) {
      const from = asked?.[list]?.find(({ name }) => name === container.name)
      if (from === undefined) continue
      keep(container, from, 'resources')
      keep(container, from, 'resizePolicy')
    }
  }
}

/** Upstream leaves its times null. */
const gated = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
  observedGeneration: 1,
  lastProbeTime: null,
  lastTransitionTime: null,
} as unknown as PodCondition

/** The only fields that the endpoints of single parts can own. */
const parts: Readonly<Record<string, readonly string[]>> = {
  ephemeralcontainers: ['spec.ephemeralContainers'],
  resize: ['containers', 'initContainers'].flatMap(list =>
    ['resources', 'resizePolicy'].map(field => `spec.${list}.*.${field}`),
  ),
}

export const strategy: Strategy<Pod> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  resetFields: subresource =>
    subresource === 'status' ? ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'] : ['status'],
  ownableFields: subresource => parts[subresource],
  prepareForCreate(pod) {
    if (pod.metadata) pod.metadata.generation = 1
    pod.status = { phase: 'Pending', qosClass: qosClass(pod) }
    if (pod.spec?.schedulingGates?.length) pod.status.conditions = [{ ...gated }]
  },
  prepareForUpdate(pod, old, { subresource }) {
    if (subresource === 'status') return prepareStatus(pod, old)
    if (subresource === 'ephemeralcontainers') preparePart(pod, old, 'ephemeralContainers')
    else if (subresource === 'resize') preparePart(pod, old, 'resources')
    else keep(pod, old, 'status')
    raiseGeneration(pod, old)
  },
  validate: pod => [...validateObjectMeta(pod.metadata, true, nameIsDnsSubdomain), ...validatePod(pod)],
  validateUpdate(pod, old, { subresource }) {
    const errors = validateObjectMetaUpdate(pod.metadata, old.metadata)
    if (subresource === 'status') return [...errors, ...validateStatusUpdate(pod, old)]
    if (subresource === 'ephemeralcontainers') return [...errors, ...validateEphemeralUpdate(pod, old)]
    if (subresource === 'resize') return [...errors, ...validateResize(pod, old)]
    return [...errors, ...validatePod(pod), ...validatePodUpdate(pod, old)]
  },
  warnings: pod => warningsForPod(pod),
  gracePeriod({ spec, status }, requested) {
    const phase = status?.phase
    // Nothing runs yet, or nothing runs any more: there is nobody to wait for.
    if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0
    const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 30
    return seconds < 0 ? 1 : seconds
  },
}
