import type { PodDisruptionBudget } from '@kubets/api-types'
import { labelSelectorOf, SelectorError } from '@kubets/apimachinery'
import { cacheKey, resources } from '@kubets/client'
import { controllerEvents, controllerQueue, splitKey } from '../../context.ts'
import { deploymentInformer } from '../../informers/deployments.ts'
import { replicaSetInformer } from '../../informers/replica-sets.ts'
import { replicationControllerInformer } from '../../informers/replication-controllers.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import { statefulSetInformer } from '../../informers/stateful-sets.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { reconcile } from './reconcile.ts'

const budgetInformer: InformerDefinition<PodDisruptionBudget, PodDisruptionBudget> = {
  ref: resources.podDisruptionBudgets,
  project: object => ({ ...object, apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }),
  indexes: { namespace: object => object.metadata?.namespace ?? '' },
}

/** Says in every budget's status how many of its pods are healthy, and how many may go. Who refuses evictions is the api-server. */
export const disruptionController: ControllerDescriptor = {
  name: 'disruption-controller',
  alias: 'disruption',
  account: 'disruption-controller',
  needs: [resources.podDisruptionBudgets, resources.pods],
  start(context) {
    const { client, clock } = context
    const budgets = context.informers.of(budgetInformer)
    const pods = context.informers.of(podInformer)
    const owners = {
      replicationControllers: context.informers.of(replicationControllerInformer),
      replicaSets: context.informers.of(replicaSetInformer),
      deployments: context.informers.of(deploymentInformer),
      statefulSets: context.informers.of(statefulSetInformer),
    }
    const events = controllerEvents(context, 'controllermanager')
    const queue = controllerQueue(context, {
      name: 'disruption',
      after: [budgets, pods, ...Object.values(owners)],
      async process(key, signal) {
        const budget = budgets.lister.get(splitKey(key))
        if (budget === undefined) return undefined
        const selects = selectorOf(budget)
        const { namespace = '' } = budget.metadata ?? {}
        const selected = pods.lister.byIndex('namespace', namespace).filter(selects)
        return reconcile({ client, clock, events, owners }, budget, selected, signal)
      },
    })
    const add = (budget: PodDisruptionBudget) => queue.add(keyOf(budget))
    budgets.subscribe({ added: add, updated: add, deleted: add })
    const look = (...states: readonly PodInfo[]) => {
      if (!budgets.hasSynced()) return // all will be looked at anyway
      for (const budget of budgets.lister.byIndex('namespace', states[0]?.namespace ?? ''))
        if (states.some(selectorOf(budget))) add(budget)
    }
    pods.subscribe({ added: pod => look(pod), updated: (pod, old) => look(pod, old), deleted: pod => look(pod) })
  },
}

/** A selector that cannot be understood selects nothing. */
function selectorOf({ spec }: PodDisruptionBudget): (pod: PodInfo) => boolean {
  try {
    const selector = labelSelectorOf(spec?.selector)
    return pod => selector.matches(pod.labels)
  } catch (error) {
    if (error instanceof SelectorError) return () => false
    throw error
  }
}

function keyOf({ metadata }: PodDisruptionBudget): string {
  return cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })
}
