import { type FieldError, field } from '@kubets/apimachinery'

/** `.spec.replicas`. */
export const validateSimpleJsonPath = (value: string, path: string): FieldError[] =>
  value.startsWith('.') ? [] : [field.invalid(path, value, 'must be a simple json path starting with .')]
