import { entries } from '../../entries.ts'
import { clusterTrustBundle } from './cluster-trust-bundle/index.ts'
import { podCertificateRequest } from './pod-certificate-request/index.ts'

/** `certificates.k8s.io/v1beta1`. */
export const certificatesV1beta1 = entries([clusterTrustBundle, podCertificateRequest])
