import type { Endpoints } from '../../../../wire.ts'
import { ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { cells } from './columns.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const endpoints = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  resource: 'endpoints',
  shortNames: ['ep'],
  storagePrefix: '/registry/services/endpoints/',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  applyDefaults,
  strategy,
  columns: [nameColumn, column('Endpoints', 'Addresses and ports, the first three of them.'), ageColumn],
  cells,
})
