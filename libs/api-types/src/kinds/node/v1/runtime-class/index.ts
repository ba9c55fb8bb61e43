import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { RuntimeClass } from '../../types.ts'
import { strategy } from './strategy.ts'

export const runtimeClass = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  resource: 'runtimeclasses',
  namespaced: false,
  strategy,
  columns: [nameColumn, column('Handler', 'What the container runtime calls it.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', object.handler ?? '', age(object, now)],
})
