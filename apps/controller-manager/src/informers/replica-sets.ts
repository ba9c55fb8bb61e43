import type { ReplicaSet } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { controllerOf } from '../owners.ts'
import type { InformerDefinition } from './shared-informer.ts'

/** Whole, since they are written back whole; found by namespace and by the uid of the Deployment that controls them. */
export const replicaSetInformer: InformerDefinition<ReplicaSet, ReplicaSet> = {
  ref: resources.replicaSets,
  // items of a list do not say what they are, and events about them have to
  project: object => ({ ...object, apiVersion: 'apps/v1', kind: 'ReplicaSet' }),
  indexes: {
    namespace: object => object.metadata?.namespace ?? '',
    controller: object => controllerOf(object)?.uid,
  },
}
