import { describe, expect, it } from 'vitest'
import { validateCidr, validateEndpointIp, validateIp, validateLegacyCidr, validateLegacyIp } from '../index.ts'
import { cidrWarnings, ipWarnings } from '../validation/addresses.ts'
import { cidrContains, formatCidr, parseCidr } from './cidr.ts'
import { formatIp, ipFamilyOf, parseIp } from './ip-address.ts'

const messages = (errors: readonly { message?: string }[]) => errors.map(({ message }) => message)

describe('an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['010.00.0.1', '10.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['FE80:0:0:0:0:0:0:0abc', 'fe80::abc'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['2001:db8::', '2001:db8::'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatIp(parseIp(text) as never)).toBe(canonical)
  })
  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    '1.2.3.x',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '::12345',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7',
  ])('%j is none', text => {
    expect(parseIp(text)).toBeUndefined()
  })
  it('has the family that it means', () => {
    expect([ipFamilyOf('10.0.0.1'), ipFamilyOf('::ffff:10.0.0.1'), ipFamilyOf('::1'), ipFamilyOf('x')]).toEqual([
      'IPv4',
      'IPv4',
      'IPv6',
      undefined,
    ])
  })
  it('is refused in upstream’s words', () => {
    expect(messages(validateLegacyIp('f', 'x'))).toEqual([
      'Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ])
    expect(messages(validateLegacyIp('f', '01.2.3.4'))).toEqual(['Invalid value: "01.2.3.4": must not have leading 0s'])
    expect(validateLegacyIp('f', '01.2.3.4', ['01.2.3.4'])).toEqual([])
    expect(messages(validateLegacyIp('f', '::ffff:1.2.3.4'))).toEqual([
      'Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
    ])
    expect(validateLegacyIp('f', 'FE80::1')).toEqual([])
    expect(messages(validateIp('f', 'FE80::1'))).toEqual([
      'Invalid value: "FE80::1": must be in canonical form ("fe80::1")',
    ])
  })
  it('gives warnings where it is accepted and odd', () => {
    expect(ipWarnings('f', '01.2.3.4')).toEqual(['f: non-standard IP address "01.2.3.4" is invalid: use "1.2.3.4"'])
    expect(ipWarnings('f', 'FE80::1')).toEqual([
      'f: IPv6 address "FE80::1" should be in RFC 5952 canonical format ("fe80::1")',
    ])
    expect(ipWarnings('f', '1.2.3.4')).toEqual([])
  })
  it.each([
    ['0.0.0.0', 'may not be unspecified (0.0.0.0)'],
    ['127.1.2.3', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ['::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ['169.254.1.1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    ['febf::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    ['224.0.0.7', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
    ['ff12::7', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
  ])('%s is no endpoint', (ip, why) => {
    expect(messages(validateEndpointIp(ip, 'f'))).toEqual([`Invalid value: "${ip}": ${why}`])
  })
  it.each(['10.0.0.1', '224.0.1.1', 'fec0::1', 'ff05::1'])('%s may be an endpoint', ip => {
    expect(validateEndpointIp(ip, 'f')).toEqual([])
  })
})

describe('a block of addresses', () => {
  it.each([
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['2001:DB8::1/64', '2001:db8::/64'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::ffff:10.1.2.3/120', '10.1.2.0/24'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatCidr(parseCidr(text) as never)).toBe(canonical)
  })
  it('is refused in upstream’s words', () => {
    expect(messages(validateLegacyCidr('f', '10.0.0.0/33'))).toEqual([
      'Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ])
    expect(messages(validateLegacyCidr('f', '10.0.0.1/8'))).toEqual([
      'Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
    ])
    expect(messages(validateLegacyCidr('f', '10.0.0.0/08'))).toEqual([
      'Invalid value: "10.0.0.0/08": must not have leading 0s in IP or prefix length',
    ])
    expect(messages(validateCidr('f', '2001:DB8::/64'))).toEqual([
      'Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")',
    ])
  })
  it('gives warnings where it is accepted and odd', () => {
    expect(cidrWarnings('f', '10.0.0.1/8')).toEqual([
      'f: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ])
    expect(cidrWarnings('f', '2001:DB8::/64')).toEqual([
      'f: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
    ])
  })
  it('knows what lies in it', () => {
    const block = parseCidr('10.96.0.0/16') as never
    expect(cidrContains(block, parseIp('10.96.255.255') as never)).toBe(true)
    expect(cidrContains(block, parseIp('10.97.0.0') as never)).toBe(false)
    expect(cidrContains(block, parseIp('::1') as never)).toBe(false)
  })
})
