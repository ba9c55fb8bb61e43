import type { ContainerStatus, OwnerReference, Pod } from '@kubets/api-types'

/** What a Job reads of a pod beyond what everybody does. Times in milliseconds. */
export interface JobPodFacts {
  /** Its end is still to be counted: the finalizer holds it until then. */
  readonly tracked: boolean
  /** -1 without one. */
  readonly index: number
  /** How often this index failed before, and how often that did not count. */
  readonly failures: number
  readonly ignoredFailures: number
  readonly finishedAt: number
  /** Restarts of all containers together. */
  readonly restarts: number
  /** Containers that ended with another code than 0, init containers last. */
  readonly exits: readonly { name: string; code: number }[]
  /** Type and status. */
  readonly conditions: readonly (readonly [type: string, status: string])[]
}

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index'
export const failuresAnnotation = 'batch.kubernetes.io/job-index-failure-count'
export const ignoredFailuresAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count'

export function jobPodFacts(pod: Pod, controller: OwnerReference | undefined): JobPodFacts | undefined {
  if (controller !== undefined && controller.kind !== 'Job') return undefined
  const { metadata, status } = pod
  const tracked = metadata?.finalizers?.includes(trackingFinalizer) ?? false
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return {
    tracked,
    index: count(metadata?.annotations?.[indexAnnotation]) ?? -1,
    failures: count(metadata?.annotations?.[failuresAnnotation]) ?? 0,
    ignoredFailures: count(metadata?.annotations?.[ignoredFailuresAnnotation]) ?? 0,
    finishedAt: finishedAt(pod),
    restarts: statuses.reduce((sum, own) => sum + own.restartCount, 0),
    exits: statuses.flatMap(({ name, state }) => {
      const code = state?.terminated?.exitCode ?? 0
      return code === 0 ? [] : [{ name, code }]
    }),
    conditions: (status?.conditions ?? []).map(own => [own.type, own.status] as const),
  }
}

function count(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined
  const number = Number(text)
  return number > 2 ** 31 - 1 ? undefined : number
}

/** When the last container ended; else when the pod stopped being ready, was told to go, or was made. */
function finishedAt({ metadata, spec, status }: Pod): number {
  const sidecars = new Set(
    (spec?.initContainers ?? []).flatMap(({ name, restartPolicy }) => (restartPolicy === 'Always' ? [name] : [])),
  )
  const ended = lastEnd([
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ])
  if (ended !== undefined) return ended
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime)
  if (metadata?.deletionTimestamp)
    return Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1_000
  return metadata?.creationTimestamp ? Date.parse(metadata.creationTimestamp) : 0
}

/** Nothing as long as one of them has not ended. */
function lastEnd(statuses: readonly ContainerStatus[]): number | undefined {
  let last: number | undefined
  for (const { state } of statuses) {
    const time = state?.terminated?.finishedAt
    if (!time) return undefined
    last = Math.max(last ?? 0, Date.parse(time))
  }
  return last
}
