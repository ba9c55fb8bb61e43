import { type FieldError, field } from '@kubets/apimachinery'
import { type Certificate, parseCertificate } from '../../x509/certificate.ts'
import { type PemBlock, readPem } from '../../x509/pem.ts'

const maxBytes = 1024 * 1024

/** At least one root certificate in PEM, none twice. */
export function validateTrustBundle(bundle: string, path: string): FieldError[] {
  if (Buffer.byteLength(bundle) > maxBytes) return [field.tooLong(path, maxBytes)]
  const invalid = (text: string) => field.invalid(path, '<value omitted>', text)
  const errors: FieldError[] = []
  const places = new Map<string, number[]>()
  for (const [i, block] of readPem(bundle).entries()) {
    const wrong = entryError(block)
    if (wrong !== undefined) errors.push(invalid(`entry ${i} ${wrong}`))
    const key = block.bytes.toString('latin1')
    places.set(key, [...(places.get(key) ?? []), i])
  }
  if (errors.length > 0) return errors
  if (places.size === 0) return [invalid('at least one trust anchor must be provided')]
  return [...places.values()]
    .filter(indices => indices.length > 1)
    .map(indices => invalid(`duplicate trust anchor (indices [${indices.join(' ')}])`))
}

function entryError({ type, headers, bytes }: PemBlock): string | undefined {
  if (type !== 'CERTIFICATE') return `has bad block type: ${type}`
  if (headers > 0) return 'has PEM block headers'
  const certificate = parsed(bytes)
  if (certificate === undefined) return 'does not parse as X.509'
  return certificate.isAuthority === true ? undefined : 'does not have the CA bit set'
}

function parsed(bytes: Buffer): Certificate | undefined {
  try {
    return parseCertificate(bytes)
  } catch {
    return undefined
  }
}
