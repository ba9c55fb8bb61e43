import type { Namespace } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'

type Condition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number]

/** What one look at a namespace that is being deleted has found. */
export interface DeletionReport {
  /** Groups whose server did not answer, as client-go prints them. */
  discoveryFailure?: string
  contentFailures: string[]
  /** Remaining objects by `pods.` or `deployments.apps`. */
  remaining: Map<string, number>
  /** Objects by finalizer. */
  finalizers: Map<string, number>
  /** Totals are known: all collections have been looked at. */
  complete: boolean
}

/** In upstream's order; what each says when there is nothing to say. */
const fine = [
  ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  [
    'NamespaceDeletionContentFailure',
    'ContentDeleted',
    'All content successfully deleted, may be waiting on finalization',
  ],
  ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'],
  ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
] as const

/** The conditions after a look, or nothing when they are as before. Pure. */
export function conditionsAfter(
  current: readonly Condition[],
  report: DeletionReport,
  now: number,
): Condition[] | undefined {
  const found = troubles(report)
  const time = formatTime(now)
  let changed = false
  const next = [...current]
  for (const [type, okReason, okMessage] of fine) {
    const trouble = found.get(type)
    const wanted: Condition =
      trouble === undefined
        ? { type, status: 'False', lastTransitionTime: time, reason: okReason, message: okMessage }
        : { type, status: 'True', lastTransitionTime: time, ...trouble }
    const at = next.findIndex(condition => condition.type === type)
    const old = next[at]
    if (old === undefined) next.push(wanted)
    else if (old.status === wanted.status && old.reason === wanted.reason && old.message === wanted.message) continue
    else
      next[at] =
        old.status === wanted.status ? { ...wanted, lastTransitionTime: old.lastTransitionTime ?? time } : wanted
    changed = true
  }
  return changed ? next : undefined
}

function troubles(report: DeletionReport): Map<string, { reason: string; message: string }> {
  const found = new Map<string, { reason: string; message: string }>()
  if (report.discoveryFailure !== undefined)
    found.set('NamespaceDeletionDiscoveryFailure', { reason: 'DiscoveryFailed', message: report.discoveryFailure })
  if (report.contentFailures.length > 0) {
    const messages = [...report.contentFailures].sort().join(', ')
    found.set('NamespaceDeletionContentFailure', {
      reason: 'ContentDeletionFailed',
      message: `Failed to delete all resource types, ${report.contentFailures.length} remaining: ${messages}`,
    })
  }
  if (!report.complete) return found
  const list = (counts: Map<string, number>, word: (name: string, count: number) => string) =>
    [...counts]
      .filter(([, count]) => count > 0)
      .map(([name, count]) => word(name, count))
      .sort()
      .join(', ')
  if (report.remaining.size > 0)
    found.set('NamespaceContentRemaining', {
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${list(report.remaining, (name, count) => `${name} has ${count} resource instances`)}`,
    })
  if (report.finalizers.size > 0)
    found.set('NamespaceFinalizersRemaining', {
      reason: 'SomeFinalizersRemain',
      message: `Some content in the namespace has finalizers remaining: ${list(report.finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
    })
  return found
}
