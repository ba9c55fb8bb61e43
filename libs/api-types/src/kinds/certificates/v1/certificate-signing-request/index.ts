import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { CertificateSigningRequest } from '../../types.ts'
import { cells } from './columns.ts'
import { strategy } from './strategy.ts'

const part = own('CertificateSigningRequest', readWrite, 'certificates.k8s.io')

export const certificateSigningRequest = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  resource: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  subresources: { approval: part, status: part },
  strategy,
  moreFields: object => ({ 'spec.signerName': object.spec?.signerName ?? '' }),
  columns: [
    nameColumn,
    ageColumn,
    column('SignerName', 'Who is asked to sign.'),
    column('Requestor', 'The user who asks for the certificate.'),
    column('RequestedDuration', 'How long the certificate is wanted for.'),
    column('Condition', 'What became of it.'),
  ],
  cells: (object, now) => {
    const [signer, requestor, duration, condition] = cells(object)
    return [object.metadata?.name ?? '', age(object, now), signer, requestor, duration, condition]
  },
})
