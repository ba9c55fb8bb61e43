import { type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'

/** `example.com/name`: a domain, and a path that may stand in a URL. */
export function domainPrefixedPath(path: string, key: string): FieldError[] {
  if (key === '') return [field.required(path)]
  const slash = key.indexOf('/')
  const [domain, rest] = slash === -1 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)]
  if (slash === -1 || domain === '' || rest === '')
    return [field.invalid(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  const causes = isDns1123Subdomain(domain).map(why => field.invalid(path, domain, why))
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest))
    causes.push(
      field.invalid(path, rest, `Invalid path (regex used for validation is '^[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+$')`),
    )
  return causes
}
