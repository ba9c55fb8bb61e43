import type { FieldError } from '../status/errors.ts'
import { field } from '../status/field-errors.ts'
import { isDns1123Label, isDns1123Subdomain } from './formats.ts'

const wildcardFormat = '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'
const wildcard = new RegExp(`^${wildcardFormat}$`)
const wildcardText =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"

/** `*.example.com`. */
export function isWildcardDns1123Subdomain(value: string): string[] {
  const errors: string[] = []
  if (Buffer.byteLength(value) > 253) errors.push('must be no more than 253 characters')
  if (!wildcard.test(value)) {
    errors.push(`${wildcardText} (e.g. '*.example.com', regex used for validation is '${wildcardFormat}')`)
  }
  return errors
}

/** `host.example.com`, with or without a closing dot: at least two labels. */
export function validateFullyQualifiedDomainName(at: string, value: string): FieldError[] {
  if (value === '') return [field.required(at)]
  const name = value.endsWith('.') ? value.slice(0, -1) : value
  const errors = isDns1123Subdomain(name)
  if (errors.length > 0) return [field.invalid(at, name, errors.join(','))]
  const labels = name.split('.')
  if (labels.length < 2) {
    return [field.invalid(at, name, 'should be a domain with at least two segments separated by dots')]
  }
  for (const label of labels) {
    const wrong = isDns1123Label(label)
    if (wrong.length > 0) return [field.invalid(at, label, wrong.join(','))]
  }
  return []
}
