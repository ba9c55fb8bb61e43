import type { Pod, PodSpec, PodTemplateSpec } from '../../../../wire.ts'
import { allContainers } from './containers.ts'

const projections = ['clusterTrustBundle', 'podCertificate'] as const

function hasProjection(spec: PodSpec | undefined, name: (typeof projections)[number]): boolean {
  for (const { projected } of spec?.volumes ?? [])
    for (const source of projected?.sources ?? []) if (source[name] !== undefined) return true
  return false
}

function hasStopSignal({ initContainers, containers, ephemeralContainers }: PodSpec): boolean {
  return [initContainers, containers, ephemeralContainers].some(list =>
    list?.some(({ lifecycle }) => lifecycle?.stopSignal !== undefined),
  )
}

/** Removes, in place, fields of a spec that belong to features that are off, unless the old spec has them. */
function dropFromSpec(spec: PodSpec | undefined, old: PodSpec | undefined): void {
  if (spec === undefined) return
  // only what is there: to delete what is not is dear
  if (spec.schedulingGroup !== undefined && old?.schedulingGroup === undefined) delete spec.schedulingGroup
  for (const name of projections) {
    if (!hasProjection(spec, name) || hasProjection(old, name)) continue
    for (const { projected } of spec.volumes ?? []) for (const source of projected?.sources ?? []) delete source[name]
  }
  if (hasStopSignal(spec)) dropStopSignals(spec, old)
}

function dropStopSignals(spec: PodSpec, old: PodSpec | undefined): void {
  if (old !== undefined && hasStopSignal(old)) return
  const given = allContainers(spec).filter(({ lifecycle }) => lifecycle?.stopSignal !== undefined)
  for (const container of given) {
    const { stopSignal: _, ...rest } = container.lifecycle ?? {}
    if (Object.keys(rest).length === 0) delete container.lifecycle
    else container.lifecycle = rest
  }
}

export function dropGatedTemplateFields(template: PodTemplateSpec | undefined, old?: PodTemplateSpec): void {
  dropFromSpec(template?.spec, old?.spec)
}

export function dropGatedPodFields(pod: Pod, old?: Pod): void {
  dropFromSpec(pod.spec, old?.spec)
  dropGatedStatusFields(pod, old)
}

const statuses = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const

/** The same for the status. */
export function dropGatedStatusFields({ status }: Pod, old?: Pod): void {
  if (status === undefined) return
  if (!old?.status?.nodeAllocatableResourceClaimStatuses?.length) delete status.nodeAllocatableResourceClaimStatuses
  for (const list of statuses) {
    for (const { volumeMounts } of status[list] ?? []) for (const mount of volumeMounts ?? []) delete mount.volumeStatus
  }
}
