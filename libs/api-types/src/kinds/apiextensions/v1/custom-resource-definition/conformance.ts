import { aggregate, append, type FieldError, field } from '@kubets/apimachinery'
import { conversionError } from '../../structural/conversion-error.ts'
import { validateStructural } from '../../structural/validate-structural.ts'
import type { CustomResourceDefinition } from '../../types.ts'
import { approvalAnnotation, approvalNeeded, approvalOf, isProtectedGroup } from './validation/api-approval.ts'

/** What a condition of a definition says. */
export interface ConditionContent {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

/** `NonStructuralSchema`; undefined: all schemas are structural. Only definitions from old clusters are not. */
export function nonStructuralSchema({ spec }: CustomResourceDefinition): ConditionContent | undefined {
  // all others had to be structural when they were written; to look again takes long
  if (!spec?.preserveUnknownFields) return undefined
  const errors: FieldError[] = [field.invalid('spec.preserveUnknownFields', true, 'must be false')]
  for (const [i, { name, schema }] of (spec.versions ?? []).entries()) {
    const root = schema?.openAPIV3Schema
    if (root === undefined || root === null) continue
    const wrong = conversionError(root)
    if (wrong !== undefined)
      return {
        status: 'Unknown',
        reason: 'StructuralError',
        message: `failed to check validation schema for version ${name}: ${wrong}`,
      }
    append(errors, validateStructural(root, `spec.versions[${i}].schema.openAPIV3Schema`))
  }
  return errors.length === 0 ? undefined : { status: 'True', reason: 'Violations', message: aggregate(errors) }
}

/** `KubernetesAPIApprovalPolicyConformant`; undefined: the group is nobody's in particular. */
export function apiApproval(definition: CustomResourceDefinition): ConditionContent | undefined {
  if (!isProtectedGroup(definition.spec?.group ?? '')) return undefined
  const text = definition.metadata?.annotations?.[approvalAnnotation] ?? ''
  const state = approvalOf(definition)
  switch (state) {
    case 'approved':
      return { status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${text}` }
    case 'bypassed':
      return { status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(text)}` }
    default:
      return {
        status: 'False',
        reason: state === 'missing' ? 'MissingAnnotation' : 'InvalidAnnotation',
        message: approvalNeeded(state),
      }
  }
}
