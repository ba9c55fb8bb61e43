import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import type { MutatingAdmissionPolicyBinding } from '../types.ts'
import { mutatingAdmissionPolicy } from '../v1beta1/mutating-admission-policy/index.ts'
import { mutatingAdmissionPolicyBinding } from '../v1beta1/mutating-admission-policy-binding/index.ts'

const deprecated = (kind: string) =>
  `admissionregistration.k8s.io/v1alpha1 ${kind} is deprecated in v1.35+, unavailable in v1.38+`

/** `admissionregistration.k8s.io/v1alpha1`: as `v1beta1`, where parameters need not say what happens when there are none. */
export const admissionregistrationV1alpha1 = entries([
  servedAs(mutatingAdmissionPolicy, 'v1alpha1', { deprecation: deprecated('MutatingAdmissionPolicy') }),
  servedAs<MutatingAdmissionPolicyBinding>(mutatingAdmissionPolicyBinding, 'v1alpha1', {
    deprecation: deprecated('MutatingAdmissionPolicyBinding'),
    applyDefaults(binding) {
      const { paramRef } = binding.spec ?? {}
      if (paramRef) paramRef.parameterNotFoundAction ??= 'Deny'
      mutatingAdmissionPolicyBinding.applyDefaults(binding)
    },
  }),
])
