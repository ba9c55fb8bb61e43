import type { Node } from '../../../../wire.ts'
import { connectAny, defineKind, own, readWrite } from '../../../define-kind.ts'
import { cells, columns } from './columns.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const node = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  resource: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  storagePrefix: '/registry/minions/',
  subresources: { proxy: own('NodeProxyOptions', connectAny), status: own('Node', readWrite) },
  applyDefaults,
  strategy,
  moreFields: object => ({ 'spec.unschedulable': String(object.spec?.unschedulable ?? false) }),
  columns,
  cells,
})
