import type { Secret } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const secret = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  resource: 'secrets',
  applyDefaults,
  strategy,
  moreFields: object => ({ type: object.type ?? '' }),
  columns: [
    nameColumn,
    column('Type', 'What the secret is used for; decides which keys it must have.'),
    column('Data', 'Number of keys.'),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.type ?? '',
    object.data === undefined ? 0 : Object.keys(object.data).length,
    age(object, now),
  ],
})
