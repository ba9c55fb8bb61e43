import { append, type FieldError, field, validateLegacyIp } from '@kubets/apimachinery'
import type { PodSpec } from '../../../../../wire.ts'
import { each, items } from './checks.ts'

const maxServers = 3
const maxSearches = 32
const maxSearchChars = 2048

const label = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const form = `${label}(\\.${label})*`
const withUnderscores = new RegExp(`^${form}$`)
const text =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character"

/** As a subdomain, but underscores pass: names of SRV records are searched for too. */
function isSearchPath(value: string): string[] {
  const errors = value.length > 253 ? ['must be no more than 253 characters'] : []
  if (value.length > 253 || withUnderscores.test(value)) return errors
  return [...errors, `${text} (e.g. 'example.com', regex used for validation is '${form}')`]
}

export function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) {
      return [field.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    }
    if (!dnsConfig.nameservers?.length) {
      const why = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      return [field.required(`${path}.nameservers`, why)]
    }
  }
  if (dnsConfig === undefined) return []
  const { nameservers = [], searches = [], options } = dnsConfig
  const errors: FieldError[] = []
  if (nameservers.length > maxServers) {
    const why = `must not have more than ${maxServers} nameservers`
    errors.push(field.invalid(`${path}.nameservers`, nameservers, why))
  }
  append(
    errors,
    items(nameservers, `${path}.nameservers`, (server, at) => validateLegacyIp(at, server)),
  )
  if (searches.length > maxSearches) {
    errors.push(field.invalid(`${path}.searches`, searches, `must not have more than ${maxSearches} search paths`))
  }
  if (searches.join(' ').length > maxSearchChars) {
    const why = `must not have more than ${maxSearchChars} characters (including spaces) in the search list`
    errors.push(field.invalid(`${path}.searches`, searches, why))
  }
  append(
    errors,
    items(searches, `${path}.searches`, (search, at) => {
      if (search === '.') return []
      const plain = search.endsWith('.') ? search.slice(0, -1) : search
      return each(at, plain, isSearchPath(plain))
    }),
    items(options, `${path}.options`, ({ name }, at) => (name ? [] : [field.required(at, 'must not be empty')])),
  )
  return errors
}
