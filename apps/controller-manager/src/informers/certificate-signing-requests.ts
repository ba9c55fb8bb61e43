import type { CertificateSigningRequest } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from './shared-informer.ts'

export const certificateSigningRequestInformer: InformerDefinition<
  CertificateSigningRequest,
  CertificateSigningRequest
> = { ref: resources.certificateSigningRequests }
