import { defineKind, own, readWrite } from '../../../define-kind.ts'
import type { HorizontalPodAutoscaler } from '../../types.ts'
import { cells, columns } from './columns.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

/** The stored version. */
export const horizontalPodAutoscaler = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  subresources: { status: own('HorizontalPodAutoscaler', readWrite, 'autoscaling', 'v2') },
  applyDefaults,
  strategy,
  columns,
  cells,
})
