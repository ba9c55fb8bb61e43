import type { Deployment, KubeObject, ReplicaSet } from '@kubets/api-types'
import { maxSurge } from './sizes.ts'

type Annotations = Record<string, string>

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const historyAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas'
/** What was `spec.rollbackTo` in the first versions of the API. */
export const rollbackToAnnotation = 'deprecated.deployment.rollback.to'
/** Characters of the history; the oldest numbers leave it. */
const maxHistory = 2_000

/** A Deployment and its ReplicaSets each have their own of these. */
const own = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  rollbackToAnnotation,
])

/** 0 without one; nothing when it is no number of 64 bits: more than a double holds, so none may be counted in doubles. */
export function revisionOf({ metadata }: KubeObject): bigint | undefined {
  return revisionIn(metadata?.annotations?.[revisionAnnotation] ?? '0')
}

export function revisionIn(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const revision = BigInt(text.replace(/^\+/, ''))
  return BigInt.asIntN(64, revision) === revision ? revision : undefined
}

/** The number that follows the highest of them. */
export function nextRevision(sets: readonly ReplicaSet[]): bigint {
  const highest = sets.reduce((highest, set) => {
    const revision = revisionOf(set) ?? 0n
    return revision > highest ? revision : highest
  }, 0n)
  return BigInt.asIntN(64, highest + 1n)
}

/** The second highest: where a rollback without a number goes. 0 when there is none. */
export function lastRevision(sets: readonly ReplicaSet[]): bigint {
  let [highest, second] = [0n, 0n]
  for (const set of sets) {
    const revision = revisionOf(set)
    if (revision === undefined) continue
    if (revision >= highest) [highest, second] = [revision, highest]
    else if (revision > second) second = revision
  }
  return second
}

/** Annotations of the ReplicaSet that stands for the Deployment's template, or nothing when they are so already. Pure. */
export function annotationsFor(
  deployment: Deployment,
  set: ReplicaSet,
  revision: bigint,
  stage: 'new' | 'existing',
): Annotations | undefined {
  const annotations: Annotations = { ...set.metadata?.annotations }
  let changed = false
  const put = (key: string, value: string) => {
    if (annotations[key] === value) return
    annotations[key] = value
    changed = true
  }
  for (const [key, value] of Object.entries(deployment.metadata?.annotations ?? {})) if (!own.has(key)) put(key, value)
  const before = annotations[revisionAnnotation]
  const old = revisionOf(set)
  // a number that somebody broke is left alone, and all else with it
  if (old === undefined) return undefined
  if (old < revision) {
    put(revisionAnnotation, String(revision))
    if (before !== undefined) {
      // a template that comes back: the numbers that it had are kept
      const history = withRevision(annotations[historyAnnotation] ?? '', before)
      if (history !== undefined) put(historyAnnotation, history)
    }
  }
  if (stage === 'new') for (const [key, value] of Object.entries(replicasAnnotations(deployment))) put(key, value)
  return changed ? annotations : undefined
}

/** The history with one more number, without the oldest where it would become too long. */
function withRevision(history: string, revision: string): string | undefined {
  if (history === '') return revision
  const numbers = history.split(',')
  let length = history.length + 1 + revision.length
  let start = 0
  while (length > maxHistory && start < numbers.length) {
    length -= (numbers[start] ?? '').length + 1
    start++
  }
  return length <= maxHistory ? [...numbers.slice(start), revision].join(',') : undefined
}

/** How large the Deployment is, and may be while it rolls: what a ReplicaSet's share is computed from. */
export function replicasAnnotations(deployment: Deployment): Annotations {
  const desired = deployment.spec?.replicas ?? 1
  return {
    [desiredReplicasAnnotation]: String(desired),
    [maxReplicasAnnotation]: String(desired + maxSurge(deployment)),
  }
}

/** A whole number from 0 to 2³¹-1, or nothing. */
export function replicasIn(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata?.annotations?.[annotation]
  if (text === undefined || !/^\d+$/.test(text)) return undefined
  const count = Number(text)
  return count > 2 ** 31 - 1 ? undefined : count
}

/** A rollback brings the annotations of its ReplicaSet back too (change-cause). Pure. */
export function annotationsFromReplicaSet(deployment: Deployment, set: ReplicaSet): Annotations {
  const kept = Object.entries(deployment.metadata?.annotations ?? {}).filter(([key]) => own.has(key))
  const brought = Object.entries(set.metadata?.annotations ?? {}).filter(([key]) => !own.has(key))
  return Object.fromEntries([...kept, ...brought])
}
