import { column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { ResourcePoolStatusRequest } from '../../types.ts'
import { cells } from './columns.ts'
import { strategy } from './strategy.ts'

export const resourcePoolStatusRequest = defineKind<ResourcePoolStatusRequest>({
  group: 'resource.k8s.io',
  version: 'v1alpha3',
  kind: 'ResourcePoolStatusRequest',
  resource: 'resourcepoolstatusrequests',
  namespaced: false,
  deleteReturnsObject: true,
  subresources: { status: own('ResourcePoolStatusRequest', readWrite, 'resource.k8s.io', 'v1alpha3') },
  applyDefaults(request) {
    request.spec ??= {} as ResourcePoolStatusRequest['spec']
    request.spec.limit ??= 100
  },
  strategy,
  columns: [
    nameColumn,
    column('Driver', 'The driver whose pools are asked for.'),
    column('Total', 'Devices of all pools.'),
    column('Available', 'Those that are free.'),
    column('Allocated', 'Those that are taken.'),
    column('Unavailable', 'Those that can not be used.'),
    column('Errors', 'Pools that are not right.'),
    column('Pools', 'How many pools were found for the request.', { type: 'integer' }),
    column('Status', 'What became of the request.'),
    column('Completed', 'Time since it was answered.'),
  ],
  cells,
})
