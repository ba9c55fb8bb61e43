import type { EndpointSlice } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'

/** `namespace/name` of the Service that a slice belongs to. */
export const serviceKeyOf = ({ metadata }: EndpointSlice): string | undefined => {
  const name = metadata?.labels?.[serviceNameLabel] ?? ''
  return name === '' ? undefined : `${metadata?.namespace ?? ''}/${name}`
}

/** Whole, since they are written back; found by the Service that they belong to. */
export const endpointSliceInformer: InformerDefinition<EndpointSlice, EndpointSlice> = {
  ref: resources.endpointSlices,
  project: object => ({ ...object, apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }),
  indexes: { service: serviceKeyOf },
}
