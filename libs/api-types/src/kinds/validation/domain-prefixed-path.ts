import { type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'

const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const path = new RegExp(`^${pathFormat}$`)

/** `acme.io/foo`: a name that its inventor's domain keeps apart from others. */
export function validateDomainPrefixedPath(value: string, at: string): FieldError[] {
  if (value === '') return [field.required(at)]
  const slash = value.indexOf('/')
  const [host, rest] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)]
  if (host === '' || rest === '') {
    return [field.invalid(at, value, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  }
  const errors = isDns1123Subdomain(host).map(message => field.invalid(at, host, message))
  if (!path.test(rest)) {
    errors.push(field.invalid(at, rest, `Invalid path (regex used for validation is '${pathFormat}')`))
  }
  return errors
}
