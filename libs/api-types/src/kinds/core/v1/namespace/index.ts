import type { Namespace } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const namespace = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  resource: 'namespaces',
  deleteReturnsObject: true,
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: { finalize: own('Namespace', ['update']), status: own('Namespace', readWrite) },
  applyDefaults,
  strategy,
  moreFields: object => ({ 'status.phase': object.status?.phase ?? '' }),
  columns: [nameColumn, column('Status', 'Whether the namespace is in use or being ended.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', object.status?.phase ?? '', age(object, now)],
})
