import { describe, expect, it } from 'vitest'
import { candidates, ipRange, parseServiceRanges } from './ip-range.ts'
import { parsePortRange } from './port-range.ts'
import { PortSet } from './port-set.ts'

describe('a block of addresses', () => {
  it.each([
    ['10.96.0.0/16', '10.96.0.1', '10.96.255.254', 256n],
    ['10.0.0.0/24', '10.0.0.1', '10.0.0.254', 16n],
    ['10.0.0.0/20', '10.0.0.1', '10.0.15.254', 256n],
    ['10.0.0.0/28', '10.0.0.1', '10.0.0.14', 0n],
    ['10.0.0.0/27', '10.0.0.1', '10.0.0.30', 16n],
    ['fd00::/112', 'fd00::1', 'fd00::ffff', 256n],
    ['fd00::/64', 'fd00::1', 'fd00::ffff:ffff:ffff:ffff', 256n],
  ])('%s has %s to %s, and a lower band of %s', (text, first, last, band) => {
    const range = ipRange(text)
    expect([range.address(range.first), range.address(range.last), range.dynamic - range.first]).toEqual([
      first,
      last,
      band,
    ])
  })
  it('names each address once, those above the lower band first', () => {
    const range = ipRange('10.0.0.0/27')
    const all = [...candidates(range)]
    expect(new Set(all).size).toBe(30)
    expect(all.length).toBe(30)
    expect(all.slice(0, 14).every(value => value >= range.dynamic)).toBe(true)
    expect(all.slice(14).every(value => value < range.dynamic)).toBe(true)
  })
  it('gives out neither its own address nor the broadcast address', () => {
    const range = ipRange('10.0.0.0/24')
    expect(['10.0.0.0', '10.0.0.255', '10.0.1.1', 'x', '::1'].map(ip => range.contains(ip))).toEqual(
      Array(5).fill(false),
    )
    expect(['10.0.0.1', '10.0.0.254'].map(ip => range.contains(ip))).toEqual([true, true])
    expect(ipRange('fd00::/120').contains('fd00::ff')).toBe(true)
  })
  it('of one address has none to give', () => {
    expect([...candidates(ipRange('10.0.0.1/32'))]).toEqual([])
  })
  it.each([
    ['10.0.0.0', 'must be a CIDR'],
    ['fd00::/63', 'shortest allowed prefix length for service CIDR is 64, got 63'],
    ['10.0.0.0/16,10.1.0.0/16', 'must be of different IP family'],
    ['10.0.0.0/16,fd00::/112,fd01::/112', 'must not contain more than two entries'],
    ['10.0.0.0/30', 'is too small'],
  ])('%s is refused as a flag', (text, why) => {
    expect(() => parseServiceRanges(text)).toThrow(why)
  })
})

describe('a range of ports', () => {
  it.each([
    ['30000-32767', 86],
    ['30000-30015', 0],
    ['30000-30016', 16],
    ['1-65535', 128],
  ])('%s has a lower band of %s', (text, band) => {
    expect(parsePortRange(text).band).toBe(band)
  })
  it.each(['30000', '0-5', '5-4', '1-65536', 'a-b'])('%s is none', text => {
    expect(() => parsePortRange(text)).toThrow('must be like 30000-32767')
  })
  it('gives every port once, those above the lower band first', () => {
    const ports = new PortSet(parsePortRange('100-119'))
    const given: number[] = []
    for (let port = ports.free(); port !== undefined; port = ports.free()) {
      expect(ports.take(port)).toBe(true)
      expect(ports.take(port)).toBe(false)
      given.push(port)
    }
    expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i))
    expect(given.slice(0, 4).every(port => port >= 116)).toBe(true)
    ports.release(107)
    expect(ports.free()).toBe(107)
  })
  it('is stored as upstream stores it: a number, highest byte first', () => {
    const range = parsePortRange('100-131')
    const ports = new PortSet(range)
    for (const port of [100, 101, 117]) ports.take(port)
    expect([...ports.bytes()]).toEqual([0b10, 0, 0b11])
    expect([...new PortSet(range, ports.bytes()).taken()]).toEqual([100, 101, 117])
    expect([...new PortSet(range).bytes()]).toEqual([])
  })
})
