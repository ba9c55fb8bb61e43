import type { Pod, PodDisruptionBudget } from '@kubets/api-types'
import {
  type ApiError,
  forbidden,
  formatTime,
  labelSelectorOf,
  SelectorError,
  tooManyRequests,
} from '@kubets/apimachinery'
import { prefixEnd } from '@kubets/storage'
import { prefixOf, type Rest } from '../rest.ts'
import { consistent } from '../snapshot.ts'

type Status = NonNullable<PodDisruptionBudget['status']>
type Condition = NonNullable<Status['conditions']>[number]

/** Evictions that the budget's controller has not confirmed yet. At the bound no more are let through: it takes them away again by itself. */
const maxDisruptedPods = 2000
const retrySeconds = 10
const allowed = 'DisruptionAllowed'

/** The kind's entry, where it is served at all. */
export const budgetsEntry = (rest: Rest) => rest.catalogue.byResource('policy', 'v1', 'poddisruptionbudgets')

/** The budgets that a pod counts for, as they are now. A selector that cannot be understood selects nothing. */
export async function budgetsOf(rest: Rest, pod: Pod): Promise<readonly PodDisruptionBudget[]> {
  const entry = budgetsEntry(rest)
  if (entry === undefined) return []
  const prefix = prefixOf(entry, pod.metadata?.namespace ?? '')
  const snapshot = await consistent(rest.cache)
  const found: PodDisruptionBudget[] = []
  for (const { bytes } of snapshot.range(prefix, prefixEnd(prefix))) {
    const budget = rest.codec.decode(entry, bytes) as PodDisruptionBudget
    if (selects(budget, pod)) found.push(budget)
  }
  return found
}

function selects({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean {
  try {
    return labelSelectorOf(spec?.selector).matches(metadata?.labels ?? {})
  } catch (error) {
    if (error instanceof SelectorError) return false
    throw error
  }
}

/** A pod that is not ready may go without being counted: always, or while enough others are healthy. */
export function sparesUnhealthy({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy
}

const violated = "Cannot evict pod as it would violate the pod's disruption budget."

function refused(retryAfterSeconds: number, message: string): ApiError {
  return tooManyRequests(violated, retryAfterSeconds, [{ reason: 'DisruptionBudget', message }])
}

/** 429: the budget's numbers are about to change; a moment later the client knows more. */
export const notYet = (name: string): ApiError =>
  refused(retrySeconds, `The disruption budget ${name} is still being processed by the server.`)

/** The budget with one disruption less and the pod among those that go. Throws 429 when none is left. */
export function spend(budget: PodDisruptionBudget, pod: string, now: number): PodDisruptionBudget {
  const name = budget.metadata?.name ?? ''
  const { status = {} as Status } = budget
  const left = status.disruptionsAllowed ?? 0
  if ((status.observedGeneration ?? 0) < (budget.metadata?.generation ?? 0)) throw notYet(name)
  const about = { group: 'policy', resource: 'poddisruptionbudget' }
  if (left < 0) throw forbidden(about, name, 'pdb disruptions allowed is negative')
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods) {
    const text = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    throw forbidden(about, name, text)
  }
  if (left === 0) throw refused(0, whyNone(name, status))
  const spent = { ...status, disruptionsAllowed: left - 1 }
  spent.disruptedPods = { ...status.disruptedPods, [pod]: formatTime(now) }
  return { ...budget, status: left === 1 ? withoutDisruptions(spent, now) : spent }
}

function whyNone(name: string, status: Status): string {
  const condition = status.conditions?.find(({ type }) => type === allowed)
  const { currentHealthy = 0, desiredHealthy = 0 } = status
  const told = condition?.status === 'False' ? condition.message : ''
  // Healthy counts cannot be trusted when the controller could not make them.
  if (told !== '' && condition?.reason === 'SyncFailed') {
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${told}`
  }
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
  }
  if (told !== '') {
    return `The disruption budget ${name} does not allow evicting pods currently (${condition?.reason ?? ''}): ${told}`
  }
  return `The disruption budget ${name} does not allow evicting pods currently`
}

/** The last disruption is spent: the condition says so. */
function withoutDisruptions(status: Status, now: number): Status {
  const conditions = status.conditions ?? []
  const before = conditions.find(({ type }) => type === allowed)
  const since = before?.status === 'False' ? before.lastTransitionTime : formatTime(now)
  const condition: Condition = {
    type: allowed,
    status: 'False',
    ...(status.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
    lastTransitionTime: since,
    reason: 'InsufficientPods',
    message: '',
  }
  if (before === undefined) return { ...status, conditions: [...conditions, condition] }
  return { ...status, conditions: conditions.map(one => (one === before ? condition : one)) }
}
