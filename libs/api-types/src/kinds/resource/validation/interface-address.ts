import { type FieldError, familyOfIp, field, formatIp, goQuote, parseIp } from '@kubets/apimachinery'

/** An address with the length of its network (`10.9.8.7/24`), written in the one canonical way. */
export function validateInterfaceAddress(value: string, path: string): FieldError[] {
  const canonical = canonicalForm(value)
  if (canonical === undefined) {
    const text = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'
    return [field.invalid(path, value, text)]
  }
  return value === canonical ? [] : [field.invalid(path, value, `must be in canonical form (${goQuote(canonical)})`)]
}

function canonicalForm(value: string): string | undefined {
  const [, address = '', length = ''] = /^(.*)\/(\d{1,3})$/.exec(value) ?? []
  const ip = parseIp(address)
  const bits = Number(length)
  if (ip === undefined || length === '' || bits > ip.bits) return undefined
  // an IPv4 address written as IPv6 loses the bits in front of it
  const prefix = ip.bits === 128 && familyOfIp(ip) === 'IPv4' && bits > 32 ? bits - 96 : bits
  return `${formatIp(ip)}/${prefix}`
}
