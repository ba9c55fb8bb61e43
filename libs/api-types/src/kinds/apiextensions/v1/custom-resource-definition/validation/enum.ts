import { type FieldError, field } from '@kubets/apimachinery'

/** One of these; it must be given. */
export function validateEnum(value: string | undefined, accepted: readonly string[], path: string): FieldError[] {
  if (!value) return [field.required(path)]
  return accepted.includes(value) ? [] : [field.notSupported(path, value, accepted)]
}
