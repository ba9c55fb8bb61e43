import type { Pod } from '@kubets/api-types'
import { qosClass } from '@kubets/api-types/qos'
import { Quantity } from '@kubets/apimachinery'
import type { Evaluator } from '../evaluator.ts'
import { podLimits, podRequests } from '../pod-resources.ts'
import { addLists, type ResourceList } from '../resource-list.ts'
import { matchesScopeValues, type ScopeRequirement } from '../scopes.ts'
import { objectCountName } from './object-count.ts'

/** What follows from a pod's spec (and from what its containers have while they are resized). Pods of one template have equal ones. */
export interface PodCharge {
  /** While the pod counts: its compute resources and itself. */
  readonly compute: ResourceList
  /** It has `activeDeadlineSeconds`. */
  readonly terminating: boolean
  readonly bestEffort: boolean
  readonly priorityClassName: string
  readonly crossNamespaceAffinity: boolean
}

export interface ChargedPod {
  readonly charge: PodCharge
  readonly phase: string
  /** Milliseconds from which on a pod that is being deleted no longer counts, though its node has not said that it is gone. */
  readonly gone: number
}

export function chargedPod(pod: Pod, charge: PodCharge = podCharge(pod)): ChargedPod {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata ?? {}
  const grace = deletionGracePeriodSeconds ?? undefined
  const gone =
    deletionTimestamp === undefined || deletionTimestamp === null || grace === undefined
      ? Number.POSITIVE_INFINITY
      : Date.parse(deletionTimestamp) + grace * 1_000
  return { charge, phase: pod.status?.phase ?? '', gone }
}

const countName = objectCountName('', 'pods')
const one = Quantity.of(1)
const names = new Set([
  countName,
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
])
const requestPrefix = 'requests.'
const deviceClassPrefix = 'deviceclass.resource.kubernetes.io/'

export function podCharge(pod: Pod): PodCharge {
  const spec = pod.spec
  return {
    compute: compute(podRequests(pod), podLimits(pod)),
    terminating: (spec?.activeDeadlineSeconds ?? -1) >= 0,
    bestEffort: (pod.status?.qosClass ?? qosClass(pod)) === 'BestEffort',
    priorityClassName: spec?.priorityClassName ?? '',
    crossNamespaceAffinity: usesCrossNamespaceAffinity(pod),
  }
}

function compute(requests: ResourceList, limits: ResourceList): ResourceList {
  const result = new Map<string, Quantity>([['pods', one]])
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const request = requests.get(name)
    if (request !== undefined) result.set(name, request).set(`${requestPrefix}${name}`, request)
    const limit = limits.get(name)
    if (limit !== undefined) result.set(`limits.${name}`, limit)
  }
  for (const [name, request] of requests) {
    if (name.startsWith('hugepages-')) result.set(name, request).set(`${requestPrefix}${name}`, request)
    else if (isExtended(name)) result.set(`${requestPrefix}${name}`, request)
  }
  return result
}

/** `example.com/gpu`, and what stands for a device class; not in Kubernetes' own domain, not a quota's own name. */
function isExtended(name: string): boolean {
  if (name.startsWith(deviceClassPrefix)) return true
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith(requestPrefix)
}

/** Not while it has ended, and not once its node should have let it go: it must not hold up its successors. */
export function countsAgainstQuota({ phase, gone }: ChargedPod, now: number): boolean {
  return phase !== 'Failed' && phase !== 'Succeeded' && now <= gone
}

export const podEvaluator: Evaluator<ChargedPod> = {
  group: '',
  resource: 'pods',
  matchingResources: asked =>
    asked.filter(name => {
      if (names.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-')) return true
      if (!name.startsWith(requestPrefix)) return false
      const native = !name.includes('/') || name.includes('kubernetes.io/')
      return !native || name.startsWith(`${requestPrefix}${deviceClassPrefix}`)
    }),
  matchesScope: (requirement, { charge }) => matchesScope(requirement, charge),
  usage(pod, now) {
    const count = new Map([[countName, one]])
    return countsAgainstQuota(pod, now) ? addLists(count, pod.charge.compute) : count
  },
}

function matchesScope(requirement: ScopeRequirement, charge: PodCharge): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return charge.terminating
    case 'NotTerminating':
      return !charge.terminating
    case 'BestEffort':
      return charge.bestEffort
    case 'NotBestEffort':
      return !charge.bestEffort
    case 'PriorityClass':
      if (requirement.operator === 'Exists') return charge.priorityClassName !== ''
      return matchesScopeValues(requirement, charge.priorityClassName === '' ? [] : [charge.priorityClassName])
    case 'CrossNamespacePodAffinity':
      return charge.crossNamespaceAffinity
    default:
      return false
  }
}

function usesCrossNamespaceAffinity({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return [podAffinity, podAntiAffinity].some(affinity =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(term => term.podAffinityTerm),
    ].some(term => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined),
  )
}
