import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { applyPolicyDefaults } from '../../defaults.ts'
import { paramKindCell } from '../../policy-columns.ts'
import { strategyOf } from '../../policy-strategy.ts'
import type { MutatingAdmissionPolicy } from '../../types.ts'
import { validateSpec } from './validation.ts'

export const mutatingAdmissionPolicy = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1beta1',
  kind: 'MutatingAdmissionPolicy',
  resource: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  applyDefaults: applyPolicyDefaults,
  strategy: strategyOf<MutatingAdmissionPolicy>(validateSpec),
  columns: [
    nameColumn,
    column('Mutations', 'How many mutations the policy makes.', {
      type: 'integer',
    }),
    column('ParamKind', 'The kind of the objects that parameters are read from.'),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.mutations?.length ?? 0,
    paramKindCell(object.spec?.paramKind),
    age(object, now),
  ],
})
