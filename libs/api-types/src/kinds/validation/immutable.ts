import { type FieldError, field, immutable, semanticEqual } from '@kubets/apimachinery'
import { builtinSchemas } from '../../schema/schema.ts'
import { internalForm } from './internal-form.ts'

/** `field is immutable` unless both are the same. Strings, numbers, lists and maps of them. */
export function validateImmutable(value: unknown, old: unknown, path: string): FieldError[] {
  return semanticEqual(value, old) ? [] : [field.invalid(path, value ?? null, immutable)]
}

/** The same for a struct (`io.k8s.api.storage.v1.VolumeAttachmentSpec`): unset and empty are one, and the error prints upstream's form of it. */
export function validateImmutablePart(message: string, value: unknown, old: unknown, path: string): FieldError[] {
  return samePart(message, value, old) ? [] : [field.invalid(path, internalForm(message, value), immutable)]
}

/** Both would be stored as the same bytes. */
export function samePart(message: string, a: unknown, b: unknown): boolean {
  if (a === b) return true
  const { encode } = builtinSchemas.get(message)
  return encode(a ?? {}) === encode(b ?? {})
}
