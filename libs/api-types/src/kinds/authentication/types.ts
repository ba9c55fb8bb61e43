import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type TokenReview = Wire<k8s.V1TokenReview>
export type SelfSubjectReview = Wire<k8s.V1SelfSubjectReview>
export type TokenRequest = Wire<k8s.AuthenticationV1TokenRequest>
