import { defineKind } from '../../../define-kind.ts'
import { bindingCells, bindingColumns } from '../../binding-columns.ts'
import { applyMatchResourcesDefaults } from '../../defaults.ts'
import { strategyOf } from '../../policy-strategy.ts'
import type { MutatingAdmissionPolicyBinding } from '../../types.ts'
import { validateBindingSpec } from '../../validation/binding-spec.ts'
import { validateMutatingOperations } from '../../validation/match-resources.ts'

export const mutatingAdmissionPolicyBinding = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1beta1',
  kind: 'MutatingAdmissionPolicyBinding',
  resource: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  applyDefaults: ({ spec }) => applyMatchResourcesDefaults(spec?.matchResources),
  strategy: strategyOf<MutatingAdmissionPolicyBinding>(({ spec }) => [
    ...validateBindingSpec(spec ?? {}, 'spec'),
    ...validateMutatingOperations(spec?.matchResources, 'spec.matchResources'),
  ]),
  columns: bindingColumns,
  cells: bindingCells,
})
