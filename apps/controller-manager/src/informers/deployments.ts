import type { Deployment } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

export const deploymentInformer: InformerDefinition<Deployment, Deployment> = {
  ref: resources.deployments,
  project: object => ({ ...object, apiVersion: 'apps/v1', kind: 'Deployment' }),
  indexes: { namespace: object => object.metadata?.namespace ?? '' },
}
