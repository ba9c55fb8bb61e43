import { type FieldError, field, goQuote, parseGoUrl } from '@kubets/apimachinery'
import type { CustomResourceDefinition } from '../../../types.ts'

const annotation = 'api-approved.kubernetes.io'
const see = 'see https://github.com/kubernetes/enhancements/pull/1111'

type Approval = 'approved' | 'bypassed' | 'missing' | 'invalid'

/** Groups of the Kubernetes community are for its own kinds: a definition there says where it was approved, or that it was not. */
export function validateApiApproval(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(definition.spec?.group ?? '')) return []
  const state = approvalOf(definition)
  if (old !== undefined && approvalOf(old) === state) return []
  const path = `metadata.annotations[${annotation}]`
  const needed = `protected groups must have approval annotation ${goQuote(annotation)}`
  if (state === 'missing') return [field.required(path, `${needed}, ${see}`)]
  if (state !== 'invalid') return []
  const value = definition.metadata?.annotations?.[annotation]
  return [field.invalid(path, value, `${needed} with either a URL or a reason starting with "unapproved", ${see}`)]
}

function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const text = metadata?.annotations?.[annotation] ?? ''
  if (text === '') return 'missing'
  if (text.startsWith('unapproved')) return 'bypassed'
  const url = parseGoUrl(text)
  return typeof url !== 'string' && url.host !== '' && url.scheme !== '' ? 'approved' : 'invalid'
}
