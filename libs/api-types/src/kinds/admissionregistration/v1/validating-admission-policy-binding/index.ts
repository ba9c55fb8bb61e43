import { defineKind } from '../../../define-kind.ts'
import { bindingCells, bindingColumns } from '../../binding-columns.ts'
import { applyMatchResourcesDefaults } from '../../defaults.ts'
import { strategyOf } from '../../policy-strategy.ts'
import type { ValidatingAdmissionPolicyBinding } from '../../types.ts'
import { validateSpec } from './validation.ts'

export const validatingAdmissionPolicyBinding = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  resource: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  applyDefaults: ({ spec }) => applyMatchResourcesDefaults(spec?.matchResources),
  strategy: strategyOf<ValidatingAdmissionPolicyBinding>(validateSpec),
  columns: bindingColumns,
  cells: bindingCells,
})
