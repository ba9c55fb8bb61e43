import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { applyPolicyDefaults } from '../../defaults.ts'
import { paramKindCell } from '../../policy-columns.ts'
import type { ValidatingAdmissionPolicy } from '../../types.ts'
import { strategy } from './strategy.ts'

const group = 'admissionregistration.k8s.io'

export const validatingAdmissionPolicy = defineKind<ValidatingAdmissionPolicy>({
  group,
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  resource: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  subresources: { status: own('ValidatingAdmissionPolicy', readWrite, group) },
  applyDefaults: applyPolicyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Validations', 'How many expressions the policy checks.', {
      type: 'integer',
    }),
    column('ParamKind', 'The kind of the objects that parameters are read from.'),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.validations?.length ?? 0,
    paramKindCell(object.spec?.paramKind),
    age(object, now),
  ],
})
