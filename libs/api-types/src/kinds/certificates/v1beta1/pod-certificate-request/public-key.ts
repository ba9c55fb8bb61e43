import type { KeyObject } from 'node:crypto'
import { type FieldError, field } from '@kubets/apimachinery'

const curves = ['prime256v1', 'secp384r1', 'secp521r1']
const goCurves: Readonly<Record<string, string>> = { secp224r1: 'P-224' }

/** An error that prints no value. */
export const invalidWithoutValue = (path: string, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${detail}`,
  field: path,
})

/** Ed25519, ECDSA on the usual curves, RSA of 3072 or 4096 bits. `allowed` is what the errors call the curves. */
export function validateKeyType(key: KeyObject, path: string, allowed: string): FieldError | undefined {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return undefined
    case 'ec':
      if (curves.includes(namedCurve)) return undefined
      return field.invalid(
        path,
        `curve ${goCurves[namedCurve] ?? namedCurve}`,
        `elliptic public keys must use curve ${allowed}`,
      )
    case 'rsa': {
      const bits = Math.ceil(modulusLength / 8) * 8
      if (bits === 3072 || bits === 4096) return undefined
      return field.invalid(path, `${bits}-bit modulus`, 'RSA keys must have modulus size 3072 or 4096')
    }
    default:
      return invalidWithoutValue(path, 'unknown public key type; supported types are Ed25519, ECDSA, and RSA')
  }
}
