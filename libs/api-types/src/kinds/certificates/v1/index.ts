import { entries } from '../../entries.ts'
import { certificateSigningRequest } from './certificate-signing-request/index.ts'

/** `certificates.k8s.io/v1`. */
export const certificatesV1 = entries([certificateSigningRequest])
