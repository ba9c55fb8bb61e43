import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type ValidatingWebhookConfiguration = Wire<k8s.V1ValidatingWebhookConfiguration>
export type ValidatingWebhook = Wire<k8s.V1ValidatingWebhook>
export type MutatingWebhookConfiguration = Wire<k8s.V1MutatingWebhookConfiguration>
export type MutatingWebhook = Wire<k8s.V1MutatingWebhook>
export type RuleWithOperations = Wire<k8s.V1RuleWithOperations>
export type NamedRuleWithOperations = Wire<k8s.V1NamedRuleWithOperations>
export type MatchCondition = Wire<k8s.V1MatchCondition>
export type MatchResources = Wire<k8s.V1MatchResources>
export type ParamKind = Wire<k8s.V1ParamKind>
export type ParamRef = Wire<k8s.V1ParamRef>
export type Variable = Wire<k8s.V1Variable>
export type Validation = Wire<k8s.V1Validation>
export type AuditAnnotation = Wire<k8s.V1AuditAnnotation>
export type Mutation = Wire<k8s.V1Mutation>
export type ValidatingAdmissionPolicy = Wire<k8s.V1ValidatingAdmissionPolicy>
export type ValidatingAdmissionPolicyBinding = Wire<k8s.V1ValidatingAdmissionPolicyBinding>
/** Of one form in all its versions; `v1beta1` is stored. */
export type MutatingAdmissionPolicy = Wire<k8s.V1MutatingAdmissionPolicy>
/** Of one form in all its versions; `v1beta1` is stored. */
export type MutatingAdmissionPolicyBinding = Wire<k8s.V1MutatingAdmissionPolicyBinding>
