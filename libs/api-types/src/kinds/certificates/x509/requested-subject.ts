import { parseCertificateRequest, type Subject } from './certificate-request.ts'
import { readPem } from './pem.ts'

/** Whom the certificate names that `spec.request` asks for. @throws Error when it is no PKCS#10 request in PEM. */
export function requestedSubject(base64: string | undefined): Subject {
  const [block] = readPem(Buffer.from(base64 ?? '', 'base64').toString('latin1'))
  if (block?.type !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST')
  return parseCertificateRequest(block.bytes).subject
}
