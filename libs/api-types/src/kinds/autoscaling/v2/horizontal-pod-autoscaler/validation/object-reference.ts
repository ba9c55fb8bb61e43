import { type FieldError, field, nameIsPathSegment } from '@kubets/apimachinery'

interface Reference {
  readonly kind?: string
  readonly name?: string
  readonly apiVersion?: string
}

export interface ReferenceRules {
  /** `v1`, or none at all: only groups can be scaled, and ReplicationControllers. */
  readonly allowEmptyGroup: boolean
  /** It was wrong before. */
  readonly allowInvalidApiVersion: boolean
}

export function validateReference(ref: Reference | undefined, path: string, rules: ReferenceRules): FieldError[] {
  const errors = [...segment(ref?.kind, `${path}.kind`), ...segment(ref?.name, `${path}.name`)]
  const apiVersion = ref?.apiVersion ?? ''
  const problem = apiVersionProblem(apiVersion, rules)
  return problem === undefined ? errors : [...errors, field.invalid(`${path}.apiVersion`, apiVersion, problem)]
}

/** A name that stands in a path. */
export function segment(value: string | undefined, path: string, whenMissing = ''): FieldError[] {
  if (!value) return [field.required(path, whenMissing)]
  return nameIsPathSegment(value, false).map(message => field.invalid(path, value, message))
}

export function apiVersionProblem(apiVersion: string, rules: ReferenceRules): string | undefined {
  if (rules.allowInvalidApiVersion) return undefined
  const parts = apiVersion.split('/')
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`
  const group = parts.length === 2 ? parts[0] : ''
  return group === '' && !rules.allowEmptyGroup ? 'apiVersion must specify API group' : undefined
}
