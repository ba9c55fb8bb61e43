import { type Cidr, formatCidr, parseCidr } from '../net/cidr.ts'
import { formatIp, type IpAddress, isMappedIpv4, parseIp } from '../net/ip-address.ts'
import type { FieldError } from '../status/errors.ts'
import { field, goQuote } from '../status/field-errors.ts'

/*
 * Upstream has two kinds of fields. Older ones take any notation of an address (with StrictIPCIDRValidation, on since 1.36: none
 * that programs read differently) and keep what they once took; newer ones only the canonical notation.
 */

function readIp(path: string, value: string): { ip?: IpAddress; errors: FieldError[] } {
  const ip = parseIp(value)
  if (ip === undefined) {
    return { errors: [field.invalid(path, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')] }
  }
  const errors: FieldError[] = []
  if (ip.leadingZeros) errors.push(field.invalid(path, value, 'must not have leading 0s'))
  else if (isMappedIpv4(ip)) errors.push(field.invalid(path, value, 'must not be an IPv4-mapped IPv6 address'))
  return { ip, errors }
}

/** An address in an older field. What stands in `kept` (the old object's values) passes unread. */
export function validateLegacyIp(path: string, value: string, kept: readonly string[] = []): FieldError[] {
  return kept.includes(value) ? [] : readIp(path, value).errors
}

/** An address in its canonical notation. */
export function validateIp(path: string, value: string): FieldError[] {
  const { ip, errors } = readIp(path, value)
  if (ip === undefined || errors.length > 0) return errors
  const canonical = formatIp(ip)
  return value === canonical ? [] : [field.invalid(path, value, `must be in canonical form (${goQuote(canonical)})`)]
}

function readCidr(path: string, value: string): { cidr?: Cidr; errors: FieldError[] } {
  const cidr = parseCidr(value)
  if (cidr === undefined) {
    const text = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
    return { errors: [field.invalid(path, value, text)] }
  }
  const errors: FieldError[] = []
  if (cidr.leadingZeros) {
    errors.push(field.invalid(path, value, 'must not have leading 0s in IP or prefix length'))
  } else if (isMappedIpv4(cidr.address)) {
    errors.push(field.invalid(path, value, 'must not have an IPv4-mapped IPv6 address'))
  } else if (cidr.address.value !== cidr.network.value) {
    errors.push(field.invalid(path, value, 'must not have bits set beyond the prefix length'))
  }
  return { cidr, errors }
}

/** A block in an older field. What stands in `kept` passes unread. */
export function validateLegacyCidr(path: string, value: string, kept: readonly string[] = []): FieldError[] {
  return kept.includes(value) ? [] : readCidr(path, value).errors
}

/** A block in its canonical notation. */
export function validateCidr(path: string, value: string): FieldError[] {
  const { cidr, errors } = readCidr(path, value)
  if (cidr === undefined || errors.length > 0) return errors
  const canonical = formatCidr(cidr)
  return value === canonical ? [] : [field.invalid(path, value, `must be in canonical form (${goQuote(canonical)})`)]
}

/** Warnings about an address in an older field that passed and is not written as it should be. */
export function ipWarnings(path: string, value: string): string[] {
  const ip = parseIp(value)
  if (ip === undefined || (ip.bits === 32 && !ip.leadingZeros)) return []
  const canonical = formatIp(ip)
  if (ip.leadingZeros || isMappedIpv4(ip)) {
    return [`${path}: non-standard IP address ${goQuote(value)} is invalid: use ${goQuote(canonical)}`]
  }
  if (canonical === value) return []
  return [`${path}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(canonical)})`]
}

/** Warnings about a block in an older field that passed and is not written as it should be. */
export function cidrWarnings(path: string, value: string): string[] {
  const cidr = parseCidr(value)
  if (cidr === undefined) return []
  const { address, network } = cidr
  const canonical = goQuote(formatCidr(cidr))
  const warnings: string[] = []
  if (address.value !== network.value) {
    const single = goQuote(`${formatIp(address)}/${address.bits}`)
    const text = `CIDR value ${goQuote(value)} is ambiguous in this context (should be ${canonical} or ${single}?)`
    warnings.push(`${path}: ${text}`)
  }
  if (cidr.leadingZeros || isMappedIpv4(address)) {
    warnings.push(`${path}: non-standard CIDR value ${goQuote(value)} is invalid: use ${canonical}`)
  }
  if (warnings.length === 0 && address.bits === 128 && canonical !== goQuote(value)) {
    const text = `IPv6 CIDR value ${goQuote(value)} should be in RFC 5952 canonical format (${canonical})`
    warnings.push(`${path}: ${text}`)
  }
  return warnings
}

/** Addresses that mean this machine or nobody in particular: no endpoints, and (for historical reasons) no external IPs. */
export function validateEndpointIp(value: string, path: string): FieldError[] {
  const ip = parseIp(value)
  if (ip === undefined) return [field.invalid(path, value, 'must be a valid IP address')]
  const v4 = ip.bits === 32 || isMappedIpv4(ip)
  const number = v4 ? ip.value & 0xffff_ffffn : ip.value
  const starts = (bits: bigint, four: bigint, six: bigint, sixBits: bigint) =>
    v4 ? number >> (32n - bits) === four : number >> (128n - sixBits) === six
  const refuse = (text: string) => [field.invalid(path, value, text)]
  if (number === 0n) return refuse(`may not be unspecified (${value})`)
  if (starts(8n, 127n, 1n, 128n)) return refuse('may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (starts(16n, 0xa9fen, 0x3fan, 10n)) return refuse('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  if (v4 ? number >> 8n === 0xe00000n : number >> 120n === 0xffn && ((number >> 112n) & 0xfn) === 2n) {
    return refuse('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  }
  return []
}
