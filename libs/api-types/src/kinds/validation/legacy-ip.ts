import { type FieldError, field, goQuote, ipFamily } from '@kubets/apimachinery'

const invalidIp = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const invalidCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

/** `010.0.0.01` → `10.0.0.1`; what has no leading zeros comes back as it was. */
const withoutLeadingZeros = (text: string) => text.replace(/(^|[.:])0+(?=\d+(\.|$))/g, '$1')

const isMapped = (text: string) => text.includes(':') && groupsOf(text).slice(0, 6).join() === '0,0,0,0,0,65535'

/** The eight groups of an IPv6 address. */
function groupsOf(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  const hex = (high = '0', low = '0') => (Number(high) * 256 + Number(low)).toString(16)
  const plain = dotted === null ? text : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`
  const [head = '', tail] = plain.split('::')
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)))
  if (tail === undefined) return numbers(head)
  const [first, last] = [numbers(head), numbers(tail)]
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}

/** RFC 5952. A mapped address is written as the IPv4 address that it stands for, as Go does. */
export function canonicalIp(text: string): string {
  const plain = withoutLeadingZeros(text)
  if (ipFamily(plain) !== 6) return plain
  const groups = groupsOf(plain)
  if (isMapped(plain)) {
    const [high = 0, low = 0] = groups.slice(6)
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  return new URL(`http://[${plain}]/`).hostname.slice(1, -1)
}

/** An address of a field that is older than strict rules: any form of it, but neither leading zeros nor IPv4 mapped into IPv6. `kept` stays legal. */
export function validateLegacyIp(value: string, path: string, kept: readonly string[] = []): FieldError[] {
  if (ipFamily(value) === 4 || kept.includes(value)) return []
  if (ipFamily(value) === 6) {
    return isMapped(value) ? [field.invalid(path, value, 'must not be an IPv4-mapped IPv6 address')] : []
  }
  const known = ipFamily(withoutLeadingZeros(value)) !== 0
  return [field.invalid(path, value, known ? 'must not have leading 0s' : invalidIp)]
}

/** What a Warning says about an address in an unusual form. */
export function legacyIpWarnings(value: string, path: string): string[] {
  const family = ipFamily(value)
  if (family === 4 || ipFamily(withoutLeadingZeros(value)) === 0) return []
  const best = canonicalIp(value)
  if (family === 0 || isMapped(value)) {
    return [`${path}: non-standard IP address ${goQuote(value)} is invalid: use ${goQuote(best)}`]
  }
  if (best === value) return []
  return [`${path}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(best)})`]
}

/** A range of a field that is older than strict rules. `kept` stays legal. */
export function validateLegacyCidr(value: string, path: string, kept: readonly string[] = []): FieldError[] {
  if (kept.includes(value)) return []
  const [address = '', bits = '', ...rest] = value.split('/')
  const family = ipFamily(withoutLeadingZeros(address))
  const length = Number(bits)
  if (family === 0 || rest.length > 0 || !/^\d+$/.test(bits) || length > (family === 4 ? 32 : 128)) {
    return [field.invalid(path, value, invalidCidr)]
  }
  if (ipFamily(address) === 0 || /^0\d/.test(bits)) {
    return [field.invalid(path, value, 'must not have leading 0s in IP or prefix length')]
  }
  if (family === 6 && isMapped(address)) {
    return [field.invalid(path, value, 'must not have an IPv4-mapped IPv6 address')]
  }
  return hasBitsBeyond(address, family, length)
    ? [field.invalid(path, value, 'must not have bits set beyond the prefix length')]
    : []
}

function hasBitsBeyond(address: string, family: 4 | 6, length: number): boolean {
  const [parts, size] = family === 4 ? [address.split('.').map(Number), 8] : [groupsOf(address), 16]
  return parts.some((part, index) => {
    const kept = Math.min(Math.max(length - index * size, 0), size)
    return (part & ((1 << (size - kept)) - 1)) !== 0
  })
}

/** One of each family at most. */
export function isOnePerFamily(addresses: readonly string[]): boolean {
  if (addresses.length > 2) return false
  const families = addresses.map(address => ipFamily(withoutLeadingZeros(address.split('/')[0] ?? '')))
  return addresses.length < 2 || families[0] !== families[1]
}
