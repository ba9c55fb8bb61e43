import { column, defineKind, own, readWrite } from '../../../define-kind.ts'
import type { StorageVersionMigration } from '../../types.ts'
import { strategy } from './strategy.ts'

const states = ['Running', 'Failed', 'Succeeded']

export const storageVersionMigration = defineKind<StorageVersionMigration>({
  group: 'storagemigration.k8s.io',
  version: 'v1beta1',
  kind: 'StorageVersionMigration',
  resource: 'storageversionmigrations',
  featureGate: 'StorageVersionMigrator',
  namespaced: false,
  subresources: { status: own('StorageVersionMigration', readWrite, 'storagemigration.k8s.io', 'v1beta1') },
  strategy,
  columns: [
    column('Name', 'Name of the object, unique within its namespace.'),
    column('Resource', 'What is written again.'),
    column('Status', 'How far that is.'),
  ],
  cells: ({ metadata, spec, status }) => {
    const { group = '', resource = '' } = spec?.resource ?? {}
    const state = status?.conditions?.findLast(one => one.status === 'True' && states.includes(one.type))
    return [metadata?.name ?? '', group === '' ? resource : `${resource}.${group}`, state?.type ?? 'Unknown']
  },
})
