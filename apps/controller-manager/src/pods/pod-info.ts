import type { KubeObject, OwnerReference, Pod, Toleration } from '@kubets/api-types'
import { type Lister, resources } from '@kubets/client'
import { type ChargedPod, chargedPod, type PodCharge, podCharge } from '@kubets/quota'
import type { InformerDefinition } from '../informers/shared-informer.ts'
import { controllerOf } from '../owners.ts'
import { type PodClaims, podClaims } from '../storage-protection/claim-use.ts'
import { type JobPodFacts, jobPodFacts } from './job-pod.ts'
import { type PodEndpoint, podEndpoint } from './pod-endpoint.ts'

/** What controllers read of a pod: a fraction of its size, since all pods of the cluster stand here. Times in milliseconds. */
export interface PodInfo extends ChargedPod {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly generation: number
  readonly labels: Readonly<Record<string, string>>
  readonly controller: OwnerReference | undefined
  readonly deleting: boolean
  readonly created: number
  readonly nodeName: string
  /** The node that it has, or the only one that it wants: pods of DaemonSets name theirs before the scheduler does. */
  readonly targetNode: string
  /** One list for all pods that tolerate the same. */
  readonly tolerations: readonly Toleration[]
  readonly ready: boolean
  /** Since when it is ready; 0 when it is not, or does not say. */
  readonly readySince: number
  readonly deletionCost: number
  /** By its kubelet, for want of something: it is the first to be cleaned away. */
  readonly evicted: boolean
  /** The most restarts of one container, and of one sidecar. */
  readonly restarts: number
  readonly sidecarRestarts: number
  /** Where Services reach it. */
  readonly endpoint: PodEndpoint
  /** For pods with claims among their volumes. */
  readonly claims?: PodClaims
  /** For pods of Jobs, and for those that a Job may adopt. */
  readonly job?: JobPodFacts
}

/** Annotation that asks a ReplicaSet to delete the pods with the lowest number first. */
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost'
const maxCost = 2 ** 31 - 1
const noLabels = {}

export function toPodInfo(pod: Pod, charge: PodCharge = podCharge(pod)): PodInfo {
  const { metadata, spec, status } = pod
  const controller = controllerOf(pod as KubeObject)
  const job = jobPodFacts(pod, controller)
  const claims = podClaims(pod)
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const isReady = ready?.status === 'True'
  const sidecars = new Set(
    (spec?.initContainers ?? []).flatMap(({ name, restartPolicy }) => (restartPolicy === 'Always' ? [name] : [])),
  )
  return {
    ...chargedPod(pod, charge),
    name: metadata?.name ?? '',
    namespace: metadata?.namespace ?? '',
    uid: metadata?.uid ?? '',
    generation: metadata?.generation ?? 0,
    labels: metadata?.labels ?? noLabels,
    controller,
    deleting: (metadata?.deletionTimestamp ?? '') !== '',
    created: time(metadata?.creationTimestamp),
    nodeName: spec?.nodeName ?? '',
    targetNode: spec?.nodeName || wantedNode(pod),
    tolerations: internTolerations(spec?.tolerations),
    ready: isReady,
    readySince: isReady ? time(ready.lastTransitionTime) : 0,
    deletionCost: deletionCost(metadata?.annotations?.[deletionCostAnnotation]),
    evicted: status?.phase === 'Failed' && status.reason === 'Evicted',
    restarts: (status?.containerStatuses ?? []).reduce((most, own) => Math.max(most, own.restartCount), 0),
    sidecarRestarts: (status?.initContainerStatuses ?? []).reduce(
      (most, own) => (sidecars.has(own.name) ? Math.max(most, own.restartCount) : most),
      0,
    ),
    endpoint: podEndpoint(pod),
    ...(claims === undefined ? {} : { claims }),
    ...(job === undefined ? {} : { job }),
  }
}

function wantedNode({ spec }: Pod): string {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  for (const { matchFields = [] } of terms)
    for (const { key, operator, values = [] } of matchFields)
      if (key === 'metadata.name' && operator === 'In' && values.length === 1) return values[0] ?? ''
  return ''
}

function time(text: string | undefined | null): number {
  return text ? Date.parse(text) : 0
}

/** A whole number of 32 bits without a plus sign or leading zeros; anything else counts as 0. */
function deletionCost(text: string | undefined): number {
  if (text === undefined || !/^(0|-?[1-9]\d*)$/.test(text)) return 0
  const cost = Number(text)
  return cost > maxCost || cost < -maxCost - 1 ? 0 : cost
}

/** Distinct lists of tolerations that are remembered; beyond it all are forgotten, as with charges. */
const maxTolerations = 5_000
const noTolerations: readonly Toleration[] = []
const knownTolerations = new Map<string, readonly Toleration[]>()

/** The same list for pods that tolerate the same: nearly all of a cluster have what admission gives them. */
function internTolerations(tolerations: readonly Toleration[] | undefined | null): readonly Toleration[] {
  if (!tolerations?.length) return noTolerations
  const key = JSON.stringify(tolerations)
  const known = knownTolerations.get(key)
  if (known !== undefined) return known
  if (knownTolerations.size >= maxTolerations) knownTolerations.clear()
  knownTolerations.set(key, tolerations)
  return tolerations
}

/** Distinct charges that are remembered; beyond it all are forgotten and pods of one template may have several equal ones. */
const maxCharges = 5_000

/** The same charge object for pods that are charged the same: a template's thousand pods share one. */
export function chargeInterner(): (pod: Pod) => PodCharge {
  const known = new Map<string, PodCharge>()
  return pod => {
    const key = JSON.stringify([
      pod.spec?.containers?.map(({ resources }) => resources),
      pod.spec?.initContainers?.map(({ resources, restartPolicy }) => [resources, restartPolicy]),
      pod.spec?.resources,
      pod.spec?.overhead,
      pod.spec?.activeDeadlineSeconds !== undefined,
      pod.spec?.priorityClassName,
      pod.spec?.affinity?.podAffinity,
      pod.spec?.affinity?.podAntiAffinity,
      [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
        .filter(own => own.resources !== undefined)
        .map(own => [own.name, own.resources, own.allocatedResources]),
    ])
    const charge = known.get(key)
    if (charge !== undefined) return charge
    if (known.size >= maxCharges) known.clear()
    const fresh = podCharge(pod)
    known.set(key, fresh)
    return fresh
  }
}

const intern = chargeInterner()

/** Pods of all namespaces, found by namespace, by node, and by the uid of their controller or `orphans of NAMESPACE`. */
export const podInformer: InformerDefinition<Pod, PodInfo> = {
  ref: resources.pods,
  project: pod => toPodInfo(pod, intern(pod)),
  indexes: {
    namespace: pod => pod.namespace,
    node: pod => pod.nodeName || undefined,
    controller: pod => pod.controller?.uid ?? orphansOf(pod.namespace),
  },
}

/** The value of the index `controller` for pods that have none. No uid has a space in it. */
export const orphansOf = (namespace: string) => `orphans of ${namespace}`

/** The pods that are bound to a node, ended ones too. */
export const podsOnNode = (pods: Lister<PodInfo>, node: string): PodInfo[] => pods.byIndex('node', node)
