import { append, type FieldError, field, isQualifiedName } from '@kubets/apimachinery'
import { internalForm } from '../../../validation/internal-form.ts'
import type { AuditAnnotation, ValidatingAdmissionPolicy, Validation } from '../../types.ts'
import { hasLineBreak, validateVariables } from '../../validation/expressions.ts'
import { PolicyExpressions } from '../../validation/policy-expressions.ts'
import { validateChangedConditions, validateConstraints } from '../../validation/policy-spec.ts'

const maxAuditAnnotations = 20
const maxValueExpression = 5 * 1024
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const annotationSchema = 'io.k8s.api.admissionregistration.v1.AuditAnnotation'

export function validateSpec(policy: ValidatingAdmissionPolicy, old: ValidatingAdmissionPolicy | undefined) {
  const path = 'spec'
  const spec = policy.spec ?? {}
  const composed = (spec.variables ?? []).length > 0
  const expressions = new PolicyExpressions({ params: Boolean(spec.paramKind), composed })
  const errors = [
    ...validateConstraints(spec, path),
    ...validateChangedConditions(spec, old && (old.spec ?? {}), path),
    ...validateVariables(spec.variables, expressions, `${path}.variables`),
  ]
  const validations = spec.validations ?? []
  const annotations = spec.auditAnnotations ?? []
  if (validations.length === 0 && annotations.length === 0) {
    const text = 'validations or auditAnnotations must contain at least one item'
    return [...errors, field.required(`${path}.validations`, text), field.required(`${path}.auditAnnotations`, text)]
  }
  validations.forEach((validation, index) => {
    append(errors, validateValidation(validation, expressions, `${path}.validations[${index}]`))
  })
  const name = policy.metadata?.name ?? ''
  return [...errors, ...validateAuditAnnotations(annotations, expressions, name, `${path}.auditAnnotations`)]
}

function validateValidation(validation: Validation, expressions: PolicyExpressions, path: string): FieldError[] {
  const errors: FieldError[] = []
  const { expression = '', message = '', messageExpression = '', reason } = validation
  if (expression.trim() === '') errors.push(field.required(`${path}.expression`, 'expression is not specified'))
  else append(errors, expressions.errors(expression, 'bool', `${path}.expression`))
  const blank = 'must be non-empty if specified'
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(field.invalid(`${path}.messageExpression`, messageExpression, blank))
  } else if (messageExpression !== '') {
    append(errors, expressions.errors(messageExpression, 'string', `${path}.messageExpression`))
  }
  if (message !== '' && message.trim() === '') errors.push(field.invalid(`${path}.message`, message, blank))
  else if (hasLineBreak(message.trim())) {
    errors.push(field.invalid(`${path}.message`, message, 'must not contain line breaks'))
  }
  if (typeof reason === 'string' && !reasons.includes(reason)) {
    errors.push(field.notSupported(`${path}.reason`, reason, reasons))
  }
  return errors
}

function validateAuditAnnotations(
  annotations: readonly AuditAnnotation[],
  expressions: PolicyExpressions,
  name: string,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (annotations.length > maxAuditAnnotations) {
    const shown = annotations.map(annotation => internalForm(annotationSchema, annotation))
    errors.push(field.invalid(path, shown, `must not have more than ${maxAuditAnnotations} auditAnnotations`))
  }
  const keys = new Set<string>()
  annotations.forEach(({ key = '', valueExpression = '' }, index) => {
    const at = `${path}[${index}]`
    if (name === '') errors.push(field.invalid(`${at}.key`, key, 'requires metadata.name be non-empty'))
    else {
      const full = `${name}/${key}`
      for (const text of isQualifiedName(full)) errors.push(field.invalid(`${at}.key`, full, text))
    }
    const trimmed = valueExpression.trim()
    if (trimmed === '') errors.push(field.required(`${at}.valueExpression`, 'valueExpression is not specified'))
    else if (Buffer.byteLength(trimmed) > maxValueExpression) {
      const text = `must not exceed ${maxValueExpression} bytes in length`
      errors.push(field.required(`${at}.valueExpression`, text))
    } else append(errors, expressions.errors(trimmed, 'string or null', `${at}.valueExpression`, valueExpression))
    if (keys.has(key)) errors.push(field.duplicate(`${at}.key`, key))
    keys.add(key)
  })
  return errors
}
