import { describe, expect, it } from 'vitest'
import { canonicalIp, isOnePerFamily, legacyIpWarnings, validateLegacyCidr, validateLegacyIp } from './legacy-ip.ts'

const texts = (errors: readonly { message?: string }[]) => errors.map(({ message }) => message)

describe('an address of an older field', () => {
  it.each([
    ['10.0.0.1', []],
    ['FE80:0:0:0:0:0:0:0abc', []],
    ['10.0.0', ['Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['010.0.0.01', ['Invalid value: "010.0.0.01": must not have leading 0s']],
    ['::ffff:1.2.3.4', ['Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address']],
    ['::ffff:102:304', ['Invalid value: "::ffff:102:304": must not be an IPv4-mapped IPv6 address']],
  ])('%s', (value, expected) => {
    expect(texts(validateLegacyIp(value, 'p'))).toEqual(expected)
    expect(validateLegacyIp(value, 'p', [value])).toEqual([])
  })

  it.each([
    ['10.0.0.1', []],
    ['fe80::abc', []],
    [
      'FE80:0:0:0:0:0:0:0abc',
      ['p: IPv6 address "FE80:0:0:0:0:0:0:0abc" should be in RFC 5952 canonical format ("fe80::abc")'],
    ],
    ['010.0.0.1', ['p: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"']],
    ['::ffff:1.2.3.4', ['p: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4"']],
  ])('%s is warned about', (value, expected) => {
    expect(legacyIpWarnings(value, 'p')).toEqual(expected)
  })

  it('has one canonical form', () => {
    expect(['2001:DB8:0:0:1:0:0:1', '::', '1:2:3:4:5:6:7:8'].map(canonicalIp)).toEqual([
      '2001:db8::1:0:0:1',
      '::',
      '1:2:3:4:5:6:7:8',
    ])
  })
})

describe('a range of an older field', () => {
  it.each([
    ['10.0.0.0/8', []],
    ['2001:db8::/64', []],
    ['10.0.0.0', ['Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
    ['10.0.0.0/33', ['Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
    ['010.0.0.0/8', ['Invalid value: "010.0.0.0/8": must not have leading 0s in IP or prefix length']],
    ['10.0.0.0/08', ['Invalid value: "10.0.0.0/08": must not have leading 0s in IP or prefix length']],
    ['10.0.0.1/8', ['Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length']],
    ['2001:db8::1/64', ['Invalid value: "2001:db8::1/64": must not have bits set beyond the prefix length']],
    ['::ffff:10.0.0.0/104', ['Invalid value: "::ffff:10.0.0.0/104": must not have an IPv4-mapped IPv6 address']],
  ])('%s', (value, expected) => {
    expect(texts(validateLegacyCidr(value, 'p'))).toEqual(expected)
  })

  it('is one of each family', () => {
    expect(
      [['10.0.0.0/8', '::/0'], ['::1', '::2'], ['1.1.1.1'], ['1.1.1.1', '::1', '::2']].map(isOnePerFamily),
    ).toEqual([true, false, true, false])
  })
})
