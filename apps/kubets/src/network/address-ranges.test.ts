import { expect, test } from 'vitest'
import { chooseRanges } from './address-ranges.ts'
import { address, formatCidr, parseCidr, subnet } from './cidr.ts'

test('the first cluster takes the customary ranges', () => {
  expect(chooseRanges({}, [])).toEqual({ nodes: '10.89.0.0/24', pods: '10.244.0.0/16', services: '10.96.0.0/16' })
})

test('the second cluster takes the next free ones', () => {
  expect(chooseRanges({}, ['10.89.0.0/24', '10.244.1.0/24', '10.96.0.0/16'])).toEqual({
    nodes: '10.89.1.0/24',
    pods: '10.243.0.0/16',
    services: '10.97.0.0/16',
  })
})

test('a range that the user named is taken, and refused when the machine uses it', () => {
  expect(chooseRanges({ nodes: '192.168.50.0/24' }, []).nodes).toBe('192.168.50.0/24')
  expect(() => chooseRanges({ nodes: '192.168.50.0/24' }, ['192.168.0.0/16'])).toThrow(
    'overlaps 192.168.0.0/16, which this machine already uses: choose another with --node-cidr',
  )
})

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', 'x/8', '10.0.0.1/24'])('%s is not a range', text => {
  expect(() => parseCidr(text)).toThrow(text)
})

test('ranges are cut into pieces and addresses', () => {
  expect(formatCidr(subnet(parseCidr('10.244.0.0/16'), 24, 2))).toBe('10.244.2.0/24')
  expect(address(parseCidr('10.89.0.0/24'), 11)).toBe('10.89.0.11')
  expect(() => subnet(parseCidr('10.244.0.0/24'), 24, 1)).toThrow('too small for 2 ranges')
})
