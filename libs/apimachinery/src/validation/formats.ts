import { append } from '../append.ts'

/** Checks of single strings and numbers. Each gives upstream's sentences about what is wrong, or none. */

const utf8Length = (text: string) => Buffer.byteLength(text, 'utf8')

const maxLength = (length: number) => `must be no more than ${length} bytes`
/** Upstream has two sentences for one rule: names of objects are counted in characters, keys and values of labels in bytes. */
const maxCharacters = (length: number) => `must be no more than ${length} characters`

/** Upstream's form, its double space before `or` included: `message (e.g. 'a',  or 'b', regex used for validation is '…')`. */
function formatError(message: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`
  const list = examples.map(example => `'${example}', `).join(' or ')
  return `${message} (e.g. ${list}regex used for validation is '${format}')`
}

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`
const label1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValueFormat = `(${qualifiedFormat})?`
const configKeyFormat = '[-._a-zA-Z0-9]+'
const percentFormat = '[0-9]+%'
const headerFormat = '[-A-Za-z0-9]+'

const label = new RegExp(`^${labelFormat}$`)
const subdomain = new RegExp(`^${subdomainFormat}$`)
const label1035 = new RegExp(`^${label1035Format}$`)
const qualified = new RegExp(`^${qualifiedFormat}$`)
const labelValue = new RegExp(`^${labelValueFormat}$`)
const configKey = new RegExp(`^${configKeyFormat}$`)

/** What a pattern check of ours needs: also what no regular expression would pass, in upstream's order. Patterns are of ASCII. */
function check(value: string, limit: number, pattern: RegExp, error: string, tooLong = maxCharacters): string[] {
  if (value.length <= limit && pattern.test(value)) return []
  const errors: string[] = []
  if (utf8Length(value) > limit) errors.push(tooLong(limit))
  if (!pattern.test(value)) errors.push(error)
  return errors
}

const labelError = formatError(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  labelFormat,
  'my-name',
  '123-abc',
)
const subdomainError = formatError(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomainFormat,
  'example.com',
)
const label1035Error = formatError(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  label1035Format,
  'my-name',
  'abc-123',
)
const qualifiedText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const qualifiedError = formatError(`name part ${qualifiedText}`, qualifiedFormat, 'MyName', 'my.name', '123-abc')
const labelValueError = formatError(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  labelValueFormat,
  'MyValue',
  'my_value',
  '12345',
)

/** RFC 1123 label: namespace and container names. */
export function isDns1123Label(value: string): string[] {
  if (value.length <= 63 && label.test(value)) return []
  // what else is wrong with a valid subdomain can only be its dots
  return check(value, 63, label, subdomain.test(value) ? 'must not contain dots' : labelError)
}
/** RFC 1123 subdomain: most object names. */
export const isDns1123Subdomain = (value: string): string[] => check(value, 253, subdomain, subdomainError)
/** RFC 1035 label: Service names. */
export const isDns1035Label = (value: string): string[] => check(value, 63, label1035, label1035Error)
/** A label's value. */
export function isLabelValue(value: string): string[] {
  return check(value, 63, labelValue, labelValueError, maxLength)
}

/** Names that were found good: the same keys come with every object. At the bound it begins anew. */
const goodNames = new Set<string>()
const maxGoodNames = 4096

/** `name` or `prefix.example/name`: label and annotation keys, finalizers, resource names. */
export function isQualifiedName(value: string): string[] {
  if (goodNames.has(value)) return []
  const errors = qualifiedNameErrors(value)
  if (errors.length === 0) {
    if (goodNames.size >= maxGoodNames) goodNames.clear()
    goodNames.add(value)
  }
  return errors
}

function qualifiedNameErrors(value: string): string[] {
  const parts = value.split('/')
  const errors: string[] = []
  let name = parts[0] ?? ''
  if (parts.length === 2) {
    const prefix = name
    name = parts[1] ?? ''
    if (prefix === '') errors.push('prefix part must be non-empty')
    else {
      const problems = check(prefix, 253, subdomain, subdomainError, maxLength)
      append(
        errors,
        problems.map(error => `prefix part ${error}`),
      )
    }
  } else if (parts.length > 2) {
    const text = `a valid label key ${qualifiedText}`
    const whole = formatError(text, qualifiedFormat, 'MyName', 'my.name', '123-abc')
    return [`${whole} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  if (name === '') errors.push('name part must be non-empty')
  else if (utf8Length(name) > 63) errors.push(`name part ${maxLength(63)}`)
  if (!qualified.test(name)) errors.push(qualifiedError)
  return errors
}

/** A DNS subdomain, in the words of upstream's declarative validation (`k8s-long-name`). */
export const isLongName = (value: string): string[] => check(value, 253, subdomain, subdomainError, maxLength)

/** A key of a ConfigMap or Secret. */
export function isConfigMapKey(value: string): string[] {
  const errors: string[] = []
  if (utf8Length(value) > 253) errors.push('must be no more than 253 characters')
  if (!configKey.test(value)) {
    const text = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    errors.push(formatError(text, configKeyFormat, 'key.name', 'KEY_NAME', 'key-name'))
  }
  if (value === '.') errors.push("must not be '.'")
  else if (value === '..') errors.push("must not be '..'")
  else if (value.startsWith('..')) errors.push("must not start with '..'")
  return errors
}

/** An environment variable: any printable ASCII but '=' (upstream's relaxed rule, on since 1.32). */
export function isEnvVarName(value: string): string[] {
  if (value === '') return ['environment variable name must not be empty']
  if (/^[\x20-\x3c\x3e-\x7e]*$/.test(value)) return []
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

const portNames = /^[-a-z0-9]+$/

/** IANA service name: the name of a port. */
export function isPortName(value: string): string[] {
  const errors: string[] = []
  if (utf8Length(value) > 15) errors.push('must be no more than 15 characters')
  if (!portNames.test(value)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)')
  if (value.includes('--')) errors.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

export const inclusiveRange = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`
export const isPortNumber = (port: number): string[] => (port >= 1 && port <= 65535 ? [] : [inclusiveRange(1, 65535)])
export const isUserId = (id: number): string[] => (id >= 0 && id <= 2147483647 ? [] : [inclusiveRange(0, 2147483647)])
export const isGroupId = isUserId

/** `50%`. */
export function isPercent(value: string): string[] {
  if (/^[0-9]+%$/.test(value)) return []
  const text = "a valid percent string must be a numeric string followed by an ending '%'"
  return [formatError(text, percentFormat, '1%', '93%')]
}

export function isHttpHeaderName(value: string): string[] {
  if (/^[-A-Za-z0-9]+$/.test(value)) return []
  const text = "a valid HTTP header must consist of alphanumeric characters or '-'"
  return [formatError(text, headerFormat, 'X-Header-Name')]
}

const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/
const ipv6 = /^[0-9a-fA-F:.]+$/

/** 4, 6, or 0 for what is no address. Zone names (`%eth0`) are not addresses here. */
export function ipFamily(value: string): 0 | 4 | 6 {
  if (ipv4.test(value) && !/(^|\.)0\d/.test(value)) return 4
  return value.includes(':') && ipv6.test(value) && URL.canParse(`http://[${value}]/`) ? 6 : 0
}

export function isIp(value: string): string[] {
  return ipFamily(value) === 0 ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] : []
}

export function isCidr(value: string): string[] {
  const [address = '', bits = '', ...rest] = value.split('/')
  const family = ipFamily(address)
  const fits = /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  if (family !== 0 && rest.length === 0 && fits) return []
  return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']
}

export const immutable = 'field is immutable'
export const mustNotBeNegative = 'must be greater than or equal to 0'
