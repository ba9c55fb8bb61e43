import type { Pod } from '@kubets/api-types'
import type { PodTemplate, TemplateInterner } from './pod-template.ts'

/** One pod as the scheduler keeps it: decoded once, its JSON dropped. */
export interface PodInfo {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly generation: number | undefined
  /** '' while unassigned. */
  readonly nodeName: string
  readonly nominatedNodeName: string
  readonly schedulerName: string
  readonly priority: number
  readonly preemptionPolicy: string
  /** Milliseconds. */
  readonly createdAt: number
  /** Milliseconds; what preemption compares. 0 until the kubelet has seen it. */
  readonly startedAt: number
  readonly terminating: boolean
  readonly gates: readonly string[]
  /** Message of its condition PodScheduled=False, '' if it has none: what need not be written again. */
  readonly unschedulableMessage: string
  readonly template: PodTemplate
}

const NO_GATES: readonly string[] = []

export function toPodInfo(pod: Pod, intern: TemplateInterner): PodInfo {
  const { metadata, spec, status } = pod
  const condition = status?.conditions?.find(c => c.type === 'PodScheduled')
  return {
    uid: metadata?.uid ?? '',
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation,
    nodeName: spec?.nodeName ?? '',
    nominatedNodeName: status?.nominatedNodeName ?? '',
    schedulerName: spec?.schedulerName ?? 'default-scheduler',
    priority: spec?.priority ?? 0,
    preemptionPolicy: spec?.preemptionPolicy ?? 'PreemptLowerPriority',
    createdAt: Date.parse(metadata?.creationTimestamp ?? '') || 0,
    startedAt: Date.parse(status?.startTime ?? '') || 0,
    terminating: metadata?.deletionTimestamp !== undefined,
    gates: spec?.schedulingGates?.length ? spec.schedulingGates.map(gate => gate.name) : NO_GATES,
    unschedulableMessage:
      condition?.status === 'False' && condition.reason === 'Unschedulable' ? (condition.message ?? '') : '',
    template: intern(pod),
  }
}

/** `namespace/name`, as logs and events name a pod. */
export function podKey(pod: PodInfo): string {
  return `${pod.namespace}/${pod.name}`
}
