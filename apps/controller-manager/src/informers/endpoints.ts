import type { Endpoints } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

/** Whole, since they are written back. */
export const endpointsInformer: InformerDefinition<Endpoints, Endpoints> = {
  ref: resources.endpoints,
  project: object => ({ ...object, apiVersion: 'v1', kind: 'Endpoints' }),
}
