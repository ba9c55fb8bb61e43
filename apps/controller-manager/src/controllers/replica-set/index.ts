import type { ReplicaSet } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { replicaSetInformer } from '../../informers/replica-sets.ts'
import { controllerOf } from '../../owners.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { startReplicaController } from './start-replica-controller.ts'
import { replicaSetSelector, type WorkloadKind } from './workload.ts'

const kind: WorkloadKind<ReplicaSet> = {
  ref: resources.replicaSets,
  apiVersion: 'apps/v1',
  component: 'replicaset-controller',
  queueName: 'replicaset',
  countsTerminating: true,
  selectorOf: replicaSetSelector,
}

/** Keeps as many pods of each ReplicaSet's template as it asks for. */
export const replicaSetController: ControllerDescriptor = {
  name: 'replicaset-controller',
  alias: 'replicaset',
  account: 'replicaset-controller',
  needs: [resources.replicaSets, resources.pods],
  start(context) {
    startReplicaController(context, {
      kind,
      informer: replicaSetInformer,
      concurrency: context.configuration.concurrency.replicaSet,
      related(replicaSet, { workloads, pods }) {
        const owner = controllerOf(replicaSet)?.uid
        const siblings = owner === undefined ? [] : workloads.lister.byIndex('controller', owner)
        const { namespace = '' } = replicaSet.metadata ?? {}
        const selectors = siblings.map(replicaSetSelector)
        return pods.lister
          .byIndex('namespace', namespace)
          .filter(pod => selectors.some(selector => selector.matches(pod.labels)))
      },
    })
  },
}
