import { describe, expect, it, test } from 'vitest'
import { judge, sameAddresses, sliceFields, subsetsOf, withOurs } from './addresses.ts'

const ports = [{ name: 'https', port: 6443, protocol: 'TCP' }]
const one = (...ips: string[]) => ({ addresses: ips.map(ip => ({ ip })), ports })

describe('Endpoints of the Service kubernetes', () => {
  it.each([
    ['are right', [one('10.0.0.1')], ports, [true, true, true]],
    ['have none of what is wanted', [one('10.0.0.2')], ports, [true, false, true]],
    ['have another port', [one('10.0.0.1')], [{ name: 'https', port: 443, protocol: 'TCP' }], [true, true, false]],
    ['have another port that nobody asks about', [one('10.0.0.1')], undefined, [true, true, true]],
    ['have no subset', [], ports, [false, false, false]],
    ['have two subsets', [one('10.0.0.1'), one('10.0.0.2')], ports, [false, false, false]],
  ])('that %s', (_, subsets, wanted, [format, addresses, right]) => {
    const verdict = judge(subsets as never, there => sameAddresses(there, ['10.0.0.1']), wanted)
    expect(verdict).toEqual({ format, addresses, ports: right })
  })

  test('stand in the order of their text, each once', () => {
    expect(subsetsOf(['10.0.0.9', '10.0.0.10', '10.0.0.9'], ports)).toEqual([one('10.0.0.10', '10.0.0.9')])
    expect(subsetsOf([], ports)).toEqual([])
  })

  test.each([
    [['a', 'b'], ['a', 'b'], true],
    [['b', 'a'], ['a', 'b'], true],
    [['a'], ['a', 'b'], false],
    [['a', 'a'], ['a', 'b'], false],
    [['a', 'c'], ['a', 'b'], false],
  ])('%j are %j: %s', (present, wanted, same) => {
    expect(sameAddresses(present, wanted)).toBe(same)
  })

  test.each([
    [['b'], 'a', 2, ['a', 'b']],
    [['b', 'c'], 'a', 2, ['a', 'c']],
    [['a', 'b'], 'c', 2, ['b', 'c']],
    [['a', 'c'], 'b', 1, ['b']],
    [['a', 'b', 'c'], 'b', 1, ['b']],
  ])('of %j and ours, %s, stay %i: %j', (present, ours, count, left) => {
    expect(withOurs(present, ours, count)).toEqual(left)
  })

  test('become one slice of one type of address', () => {
    const endpoint = (ip: string) => ({ addresses: [ip], conditions: { ready: true } })
    expect(sliceFields([one('10.0.0.1', 'fd00::1')] as never)).toEqual({
      addressType: 'IPv4',
      endpoints: [endpoint('10.0.0.1')],
      ports,
    })
    expect(sliceFields([one('fd00::1')] as never)).toMatchObject({
      addressType: 'IPv6',
      endpoints: [endpoint('fd00::1')],
    })
    expect(sliceFields([])).toEqual({ addressType: 'IPv4', endpoints: [], ports: [] })
  })
})
