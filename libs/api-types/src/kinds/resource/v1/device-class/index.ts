import { defineKind } from '../../../define-kind.ts'
import type { DeviceClass } from '../../types.ts'
import { strategy } from './strategy.ts'

export const deviceClass = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  resource: 'deviceclasses',
  namespaced: false,
  deleteReturnsObject: true,
  strategy,
})
