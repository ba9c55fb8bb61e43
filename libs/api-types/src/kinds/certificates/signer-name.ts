import { append, type FieldError, field, goQuote, isDns1123Label, isDns1123Subdomain } from '@kubets/apimachinery'

const maxDomain = 253
/** A label, a dot and a subdomain. */
const maxPath = 253 + 63 + 1
const maxName = maxDomain + maxPath + 1

/** `example.com/signer-name`. */
export function validateSignerName(name: string, path: string): FieldError[] {
  if (name === '') return [field.required(path)]
  const [domain = '', rest = '', ...more] = name.split('/')
  if (!name.includes('/') || more.length > 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    return [field.invalid(path, name, text)]
  }
  const errors: FieldError[] = []
  if (Buffer.byteLength(domain) > maxDomain) errors.push(field.tooLong(path, maxDomain))
  const labels = domain.split('.')
  append(errors, firstBad(labels, isDns1123Label, domain, path))
  if (labels.length < 2) {
    errors.push(field.invalid(path, domain, 'should be a domain with at least two segments separated by dots'))
  }
  append(errors, firstBad(rest.split('.'), isDns1123Subdomain, rest, path))
  if (Buffer.byteLength(name) > maxName) errors.push(field.tooLong(path, maxName))
  return errors
}

/** What is wrong with the first label that is not valid. */
function firstBad(
  labels: readonly string[],
  check: (label: string) => string[],
  segment: string,
  path: string,
): FieldError[] {
  for (const label of labels) {
    const messages = check(label)
    if (messages.length === 0) continue
    return messages.map(text => field.invalid(path, segment, `validating label ${goQuote(label)}: ${text}`))
  }
  return []
}

export const isKubernetesSigner = (name: string): boolean => {
  const [domain = ''] = name.split('/')
  return domain === 'kubernetes.io' || domain.endsWith('.kubernetes.io')
}
