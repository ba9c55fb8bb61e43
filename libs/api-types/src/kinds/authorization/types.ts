import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type SubjectAccessReview = Wire<k8s.V1SubjectAccessReview>
export type SelfSubjectAccessReview = Wire<k8s.V1SelfSubjectAccessReview>
export type LocalSubjectAccessReview = Wire<k8s.V1LocalSubjectAccessReview>
export type SelfSubjectRulesReview = Wire<k8s.V1SelfSubjectRulesReview>
export type ResourceAttributes = Wire<k8s.V1ResourceAttributes>
