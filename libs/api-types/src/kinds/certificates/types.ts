import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type CertificateSigningRequest = Wire<k8s.V1CertificateSigningRequest>
export type ClusterTrustBundle = Wire<k8s.V1beta1ClusterTrustBundle>
export type PodCertificateRequest = Wire<k8s.V1beta1PodCertificateRequest>
