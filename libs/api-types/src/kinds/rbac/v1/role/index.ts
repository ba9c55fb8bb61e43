import { nameIsPathSegment, validateObjectMeta, validateObjectMetaUpdate } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { createdAtCells, createdAtColumns } from '../../../created-at.ts'
import { defineKind } from '../../../define-kind.ts'
import { dropEmptyLists } from '../../../empty-lists.ts'
import type { Role } from '../../types.ts'
import { validateRules } from '../rules.ts'

const strategy: Strategy<Role> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: role => dropEmptyLists(role, 'rules'),
  prepareForUpdate: role => dropEmptyLists(role, 'rules'),
  validate: ({ metadata, rules }) => [
    ...validateObjectMeta(metadata, true, nameIsPathSegment),
    ...validateRules(rules, true),
  ],
  validateUpdate: ({ metadata, rules }, old) => [
    ...validateObjectMetaUpdate(metadata, old.metadata),
    ...validateRules(rules, true),
  ],
}

export const role = defineKind<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  resource: 'roles',
  strategy,
  columns: createdAtColumns,
  cells: createdAtCells,
})
