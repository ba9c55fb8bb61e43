import { type FieldError, field, isQualifiedName } from '@kubets/apimachinery'

interface Condition {
  type?: string
  status?: string
  observedGeneration?: number
  lastTransitionTime?: string | null
  reason?: string
  message?: string
}

const statuses = ['False', 'True', 'Unknown']
const maxReason = 1024
const maxMessage = 32 * 1024
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?'
const reasonPattern = new RegExp(`^${reasonFormat}$`)
const reasonText = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonFormat}')`

/** A list of `metav1.Condition`: one of each type, each complete. */
export function validateConditions(conditions: readonly Condition[] | undefined, path: string): FieldError[] {
  const types = new Set<string>()
  return (conditions ?? []).flatMap((condition, index) => {
    const at = `${path}[${index}]`
    const { type = '' } = condition
    const errors = types.has(type) ? [field.duplicate(`${at}.type`, type)] : []
    types.add(type)
    return [...errors, ...validateCondition(condition, at)]
  })
}

export function validateCondition(condition: Condition, path: string): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, reason = '', message = '' } = condition
  const errors = isQualifiedName(type).map(text => field.invalid(`${path}.type`, type, text))
  if (!statuses.includes(status)) errors.push(field.notSupported(`${path}.status`, status, statuses))
  if (observedGeneration < 0) {
    const text = 'must be greater than or equal to zero'
    errors.push(field.invalid(`${path}.observedGeneration`, observedGeneration, text))
  }
  if (!condition.lastTransitionTime) errors.push(field.required(`${path}.lastTransitionTime`))
  if (reason === '') errors.push(field.required(`${path}.reason`))
  else {
    if (!reasonPattern.test(reason)) errors.push(field.invalid(`${path}.reason`, reason, reasonText))
    if (Buffer.byteLength(reason) > maxReason) errors.push(field.tooLong(`${path}.reason`, maxReason))
  }
  if (Buffer.byteLength(message) > maxMessage) errors.push(field.tooLong(`${path}.message`, maxMessage))
  return errors
}
