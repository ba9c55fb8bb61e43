import type { StatefulSet } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

export const statefulSetInformer: InformerDefinition<StatefulSet, StatefulSet> = {
  ref: resources.statefulSets,
  project: object => ({ ...object, apiVersion: 'apps/v1', kind: 'StatefulSet' }),
  indexes: { namespace: object => object.metadata?.namespace ?? '' },
}
