import { type FieldError, field } from '@kubets/apimachinery'

/** Conditions of a status: each type once. */
export function validateConditions(conditions: readonly { type?: string }[] = []): FieldError[] {
  const seen = new Set<string>()
  return conditions.flatMap(({ type = '' }, i) => {
    const at = `status.conditions[${i}].type`
    const errors = seen.has(type) ? [field.duplicate(at, type)] : []
    seen.add(type)
    return type === '' ? [...errors, field.required(at)] : errors
  })
}
