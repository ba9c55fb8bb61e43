import type { ReplicationController } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { replicationControllerInformer } from '../../informers/replication-controllers.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { startReplicaController } from '../replica-set/start-replica-controller.ts'
import { replicationControllerSelector, type WorkloadKind } from '../replica-set/workload.ts'

const kind: WorkloadKind<ReplicationController> = {
  ref: resources.replicationControllers,
  apiVersion: 'v1',
  component: 'replication-controller',
  queueName: 'replicationmanager',
  countsTerminating: false,
  selectorOf: replicationControllerSelector,
}

/** The same as for ReplicaSets, for their elder. */
export const replicationControllerController: ControllerDescriptor = {
  name: 'replicationcontroller-controller',
  alias: 'replicationcontroller',
  account: 'replication-controller',
  needs: [resources.replicationControllers, resources.pods],
  start(context) {
    startReplicaController(context, {
      kind,
      informer: replicationControllerInformer,
      concurrency: context.configuration.concurrency.replicationController,
      related: () => [],
    })
  },
}
