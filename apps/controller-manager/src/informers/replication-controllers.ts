import type { ReplicationController } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

export const replicationControllerInformer: InformerDefinition<ReplicationController, ReplicationController> = {
  ref: resources.replicationControllers,
  project: object => ({ ...object, apiVersion: 'v1', kind: 'ReplicationController' }),
  indexes: { namespace: object => object.metadata?.namespace ?? '' },
}
