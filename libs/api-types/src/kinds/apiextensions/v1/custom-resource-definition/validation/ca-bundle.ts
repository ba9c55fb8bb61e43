import { X509Certificate } from 'node:crypto'
import { type FieldError, field } from '@kubets/apimachinery'

const certificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** The bundle holds no certificate that can be read. */
export function hasCaBundleError(base64: string): boolean {
  const text = Buffer.from(base64, 'base64').toString('latin1')
  return ![...text.matchAll(certificates)].some(([pem]) => isCertificate(pem))
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

export const validateCaBundle = (base64: string, path: string): FieldError[] =>
  hasCaBundleError(base64)
    ? [field.invalid(path, base64, 'unable to load root certificates: unable to parse bytes as PEM block')]
    : []
