import type { ConfigMap } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { strategy } from './strategy.ts'

const size = (map: object | undefined) => (map === undefined ? 0 : Object.keys(map).length)

export const configMap = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  resource: 'configmaps',
  shortNames: ['cm'],
  strategy,
  columns: [nameColumn, column('Data', 'Number of keys in data and binaryData.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', size(object.data) + size(object.binaryData), age(object, now)],
})
