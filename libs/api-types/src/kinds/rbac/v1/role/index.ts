import { nameIsPathSegment } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { createdAtCells, createdAtColumns } from '../../../created-at.ts'
import { defineKind } from '../../../define-kind.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { Role } from '../../types.ts'
import { validateRules } from '../rules.ts'

const strategy: Strategy<Role> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: ({ metadata, rules }) => [
    ...validateBuiltinMeta(metadata, true, nameIsPathSegment),
    ...validateRules(rules, true),
  ],
  validateUpdate: ({ metadata, rules }, old) => [
    ...validateBuiltinMetaUpdate(metadata, old.metadata),
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
