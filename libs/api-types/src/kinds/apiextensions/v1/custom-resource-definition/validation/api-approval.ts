import { type FieldError, field, goQuote, parseGoUrl } from '@kubets/apimachinery'
import type { CustomResourceDefinition } from '../../../types.ts'

export const approvalAnnotation = 'api-approved.kubernetes.io'
const see = 'see https://github.com/kubernetes/enhancements/pull/1111'

export type Approval = 'approved' | 'bypassed' | 'missing' | 'invalid'

/** Groups of the Kubernetes community are for its own kinds: a definition there says where it was approved, or that it was not. */
export function validateApiApproval(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  if (!isProtectedGroup(definition.spec?.group ?? '')) return []
  const state = approvalOf(definition)
  if (old !== undefined && approvalOf(old) === state) return []
  const path = `metadata.annotations[${approvalAnnotation}]`
  if (state === 'missing') return [field.required(path, approvalNeeded(state))]
  if (state !== 'invalid') return []
  const value = definition.metadata?.annotations?.[approvalAnnotation]
  return [field.invalid(path, value, approvalNeeded(state))]
}

export const isProtectedGroup = (group: string): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group)

/** What is wrong with the annotation. */
export function approvalNeeded(state: 'missing' | 'invalid'): string {
  const form = state === 'missing' ? '' : ' with either a URL or a reason starting with "unapproved"'
  return `protected groups must have approval annotation ${goQuote(approvalAnnotation)}${form}, ${see}`
}

export function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const text = metadata?.annotations?.[approvalAnnotation] ?? ''
  if (text === '') return 'missing'
  if (text.startsWith('unapproved')) return 'bypassed'
  const url = parseGoUrl(text)
  return typeof url !== 'string' && url.host !== '' && url.scheme !== '' ? 'approved' : 'invalid'
}
