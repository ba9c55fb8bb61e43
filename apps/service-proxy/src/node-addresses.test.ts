import { UsageError } from '@kubets/component'
import { expect, test } from 'vitest'
import { addressesIn, checkCidrs } from './node-addresses.ts'

const at = (address: string, internal = false) => ({
  address,
  family: address.includes(':') ? 'IPv6' : 'IPv4',
  internal,
})
const interfaces = {
  lo: [at('127.0.0.1', true)],
  eth0: [at('10.89.0.11'), at('fd00::11')],
  eth1: [at('192.0.2.4')],
} as never

test.each([
  [['10.89.0.0/16'], 'IPv4', ['10.89.0.11']],
  [['10.89.0.0/16', '192.0.2.4/32'], 'IPv4', ['10.89.0.11', '192.0.2.4']],
  [['127.0.0.0/8'], 'IPv4', []],
  [['10.89.0.0/16', 'fd00::/64'], 'IPv6', ['fd00::11']],
] as const)('of the ranges %j the node has in %s %j', (ranges, family, expected) => {
  expect(addressesIn(ranges, family, interfaces)).toEqual(expected)
})

test.each(['10.0.0.0', '10.0.0.0/33', 'x/8', 'fd00::/129', '10.0.0.0/'])('%s is no range', range => {
  expect(() => checkCidrs('cluster-cidr', [range])).toThrow(UsageError)
})
