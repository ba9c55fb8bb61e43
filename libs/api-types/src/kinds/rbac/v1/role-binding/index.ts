import { nameIsPathSegment } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { RoleBinding } from '../../types.ts'
import { applyBindingDefaults, subjectCells, validateBinding, validateSameRole } from '../bindings.ts'

const strategy: Strategy<RoleBinding> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: binding => [
    ...validateBuiltinMeta(binding.metadata, true, nameIsPathSegment),
    ...validateBinding(binding, true),
  ],
  validateUpdate: (binding, old) => [
    ...validateBuiltinMetaUpdate(binding.metadata, old.metadata),
    ...validateBinding(binding, true),
    ...validateSameRole(binding, old),
  ],
}

const wide = { priority: 1 }

export const roleBinding = defineKind<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  resource: 'rolebindings',
  namespaced: true,
  applyDefaults: applyBindingDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Role', 'The role that is given.'),
    ageColumn,
    column('Users', 'Users that are given the role in the namespace.', wide),
    column('Groups', 'Groups that are given the role in the namespace.', wide),
    column('ServiceAccounts', 'Service accounts that are given the role in the namespace.', wide),
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    `${object.roleRef?.kind ?? ''}/${object.roleRef?.name ?? ''}`,
    age(object, now),
    ...subjectCells(object),
  ],
})
