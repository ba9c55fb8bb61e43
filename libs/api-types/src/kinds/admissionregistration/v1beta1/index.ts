import { entries } from '../../entries.ts'
import { mutatingAdmissionPolicy } from './mutating-admission-policy/index.ts'
import { mutatingAdmissionPolicyBinding } from './mutating-admission-policy-binding/index.ts'

/** `admissionregistration.k8s.io/v1beta1`: the version that mutating policies are stored in. */
export const admissionregistrationV1beta1 = entries([mutatingAdmissionPolicy, mutatingAdmissionPolicyBinding])
