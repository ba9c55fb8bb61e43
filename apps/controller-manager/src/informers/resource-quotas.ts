import type { ResourceQuota } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

export const resourceQuotaInformer: InformerDefinition<ResourceQuota, ResourceQuota> = {
  ref: resources.resourceQuotas,
  project: object => ({ ...object, apiVersion: 'v1', kind: 'ResourceQuota' }),
  indexes: { namespace: object => object.metadata?.namespace ?? '' },
}
