import { encodeJson, type FieldError, field } from '@kubets/apimachinery'

/** Data of others: a JSON object of at most `maxBytes`, unless it is stored already. */
export function validateOpaqueData(
  value: unknown,
  path: string,
  { stored, maxBytes }: { readonly stored: boolean; readonly maxBytes: number },
): FieldError[] {
  if (value === undefined || value === null) return [field.required(path)]
  if (!stored && Buffer.byteLength(encodeJson(value)) > maxBytes) return [field.tooLong(path, maxBytes)]
  if (typeof value === 'object' && !Array.isArray(value)) return []
  return [field.invalid(path, '<value omitted>', 'must be a valid JSON object')]
}
