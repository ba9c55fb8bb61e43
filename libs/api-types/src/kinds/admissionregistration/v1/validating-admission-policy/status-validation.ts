import { type FieldError, field } from '@kubets/apimachinery'
import { validateConditions } from '../../../validation/conditions.ts'
import type { ValidatingAdmissionPolicy } from '../../types.ts'

/** What the type checker found, and conditions. That a `fieldRef` is a JSONPath is not checked. */
export function validateStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  const path = 'status.typeChecking.expressionWarnings'
  const errors: FieldError[] = []
  status?.typeChecking?.expressionWarnings?.forEach(({ warning = '', fieldRef = '' }, index) => {
    if (warning === '') errors.push(field.required(`${path}[${index}].warning`))
    if (fieldRef.trim() === '') errors.push(field.required(`${path}[${index}].fieldRef`))
  })
  return [...errors, ...validateConditions(status?.conditions, 'status.conditions')]
}
