import { type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'

/** The name of a CSI driver: a domain of at most 63 bytes, in upper or lower case. */
export function validateDriverName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [field.required(path)]
  const errors: FieldError[] = []
  if (Buffer.byteLength(name) > 63) errors.push(field.tooLong(path, 63))
  for (const message of isDns1123Subdomain(name.toLowerCase())) errors.push(field.invalid(path, name, message))
  return errors
}
