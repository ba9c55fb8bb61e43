import { type FieldError, field, nameIsPathSegment } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { createdAtCells, createdAtColumns } from '../../../created-at.ts'
import { defineKind } from '../../../define-kind.ts'
import { compiledSelector, type LabelSelectorRules, validateLabelSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { ClusterRole } from '../../types.ts'
import { validateRules } from '../rules.ts'

function validateAggregation({ aggregationRule }: ClusterRole, rules: LabelSelectorRules): FieldError[] {
  if (aggregationRule === undefined) return []
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = aggregationRule.clusterRoleSelectors ?? []
  if (selectors.length === 0) {
    return [field.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
  }
  return selectors.flatMap((selector, i) => {
    const at = `${path}[${i}]`
    const errors = validateLabelSelector(selector, at, rules)
    // upstream shows what the compiler made of it: nothing
    if (compiledSelector(selector) === undefined) errors.push(field.invalid(at, null, 'invalid label selector.'))
    return errors
  })
}

const strategy: Strategy<ClusterRole> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: role => [
    ...validateBuiltinMeta(role.metadata, false, nameIsPathSegment),
    ...validateRules(role.rules, false),
    ...validateAggregation(role, {}),
  ],
  validateUpdate(role, old) {
    const allowInvalidValues = (old.aggregationRule?.clusterRoleSelectors ?? []).some(
      selector => validateLabelSelector(selector, '').length > 0,
    )
    return [
      ...validateBuiltinMetaUpdate(role.metadata, old.metadata),
      ...validateRules(role.rules, false),
      ...validateAggregation(role, { allowInvalidValues }),
    ]
  },
}

export const clusterRole = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  resource: 'clusterroles',
  namespaced: false,
  strategy,
  columns: createdAtColumns,
  cells: createdAtCells,
})
