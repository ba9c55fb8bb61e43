import type { Pod, PodSpec, PodTemplateSpec } from '../../../../wire.ts'
import { allContainers } from './containers.ts'

type Projection = NonNullable<NonNullable<NonNullable<PodSpec['volumes']>[number]['projected']>['sources']>[number]

const projections = ['clusterTrustBundle', 'podCertificate'] as const

function someProjection(spec: PodSpec | undefined, has: (source: Projection) => boolean): boolean {
  return spec?.volumes?.some(({ projected }) => projected?.sources?.some(has)) ?? false
}

/** Removes, in place, fields of a spec that belong to features that are off, unless the old spec has them. */
function dropFromSpec(spec: PodSpec | undefined, old: PodSpec | undefined): void {
  if (spec === undefined) return
  if (old?.schedulingGroup === undefined) delete spec.schedulingGroup
  for (const name of projections) {
    if (someProjection(old, source => source[name] !== undefined)) continue
    for (const { projected } of spec.volumes ?? []) for (const source of projected?.sources ?? []) delete source[name]
  }
  dropStopSignals(spec, old)
}

function dropStopSignals(spec: PodSpec, old: PodSpec | undefined): void {
  const given = allContainers(spec).filter(({ lifecycle }) => lifecycle?.stopSignal !== undefined)
  if (given.length === 0) return
  if (old !== undefined && allContainers(old).some(({ lifecycle }) => lifecycle?.stopSignal !== undefined)) return
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
