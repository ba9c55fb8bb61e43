import type { FieldError } from '@kubets/apimachinery'

/** An invalid field whose value is too big, or says too little, to be shown. */
export const invalidPlace = (path: string, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${detail}`,
  field: path,
})
