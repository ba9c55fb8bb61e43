import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '@kubets/api-types'
import { isConflict } from '@kubets/apimachinery'
import { type Client, type EventRecorder, type Outcome, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import type { PodInfo } from '../../pods/pod-info.ts'
import { type Owners, scaleOfController } from './controller-scale.ts'
import { type Expected, expectedPods } from './expected-pods.ts'
import { disruptedPods, failedStatus, statusOf } from './status.ts'

export interface BudgetDeps {
  client: Pick<Client, 'update'>
  clock: Clock
  events: Pick<EventRecorder, 'event'>
  owners: Owners
}

export async function reconcile(
  deps: BudgetDeps,
  budget: PodDisruptionBudget,
  pods: readonly PodInfo[],
  signal: AbortSignal,
): Promise<Outcome> {
  const { events, clock } = deps
  const write = (status: PodDisruptionBudgetStatus) =>
    deps.client.update<PodDisruptionBudget>(
      resources.podDisruptionBudgets,
      { ...budget, status },
      { subresource: 'status', signal },
    )
  try {
    if (pods.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found')
    const expected = count(deps, budget, pods)
    const now = clock.now()
    const disrupted = disruptedPods(budget, pods, now)
    const { namespace = '', name = '' } = budget.metadata ?? {}
    for (const pod of disrupted.late)
      events.event(
        { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.name, uid: pod.uid },
        'Warning',
        'NotDeleted',
        `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`,
      )
    const next = statusOf(budget, pods, expected, disrupted, now)
    if (next !== undefined) await write(next)
    return disrupted.nextLook === undefined ? undefined : { requeueAfter: disrupted.nextLook + 1 }
  } catch (error) {
    if (isConflict(error) || signal.aborted) throw error
    await write(failedStatus(budget, error instanceof Error ? error.message : String(error), clock.now()))
    return undefined
  }
}

function count({ events, owners }: BudgetDeps, budget: PodDisruptionBudget, pods: readonly PodInfo[]): Expected {
  let expected: Expected
  try {
    expected = expectedPods(budget, pods, scaleOfController(owners))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const text = `Failed to calculate the number of expected pods: ${why}`
    events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', text)
    throw error
  }
  if (expected.unmanaged) {
    const text =
      `Pods selected by this PodDisruptionBudget (selector: ${JSON.stringify(budget.spec?.selector)}) were found to be unmanaged. ` +
      'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
      'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
    events.event(budget, 'Warning', 'UnmanagedPods', text)
  }
  return expected
}
