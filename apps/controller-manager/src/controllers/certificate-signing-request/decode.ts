import type { CertificateSigningRequest } from '@kubets/api-types'

/** The PEM text of what is asked. */
export const requestOf = ({ spec }: CertificateSigningRequest) => Buffer.from(spec.request ?? '', 'base64').toString()

export const hasCondition = ({ status }: CertificateSigningRequest, type: string) =>
  (status?.conditions ?? []).some(condition => condition.type === type)
