import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { mutatingAdmissionPolicy } from '../v1beta1/mutating-admission-policy/index.ts'
import { mutatingAdmissionPolicyBinding } from '../v1beta1/mutating-admission-policy-binding/index.ts'
import { mutatingWebhookConfiguration } from './mutating-webhook-configuration/index.ts'
import { validatingAdmissionPolicy } from './validating-admission-policy/index.ts'
import { validatingAdmissionPolicyBinding } from './validating-admission-policy-binding/index.ts'
import { validatingWebhookConfiguration } from './validating-webhook-configuration/index.ts'

/** `admissionregistration.k8s.io/v1`. */
export const admissionregistrationV1 = entries([
  servedAs(mutatingAdmissionPolicy, 'v1'),
  servedAs(mutatingAdmissionPolicyBinding, 'v1'),
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,
])
