import { expect, test } from 'vitest'
import { defaultInterface } from './host-address.ts'

const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
const route = (name: string, destination: string, flags: string, mask: string) =>
  `${name}\t${destination}\t010010AC\t${flags}\t0\t0\t0\t${mask}\t0\t0\t0`

test.each([
  [
    'the default route',
    [route('eth0', '0000FE0A', '0001', '00FFFFFF'), route('eth1', '00000000', '0003', '00000000')],
    'eth1',
  ],
  ['the first of two', [route('a', '00000000', '0003', '00000000'), route('b', '00000000', '0003', '00000000')], 'a'],
  ['half of the addresses', [route('tun0', '00000000', '0001', '00000080')], undefined],
  ['a route that is down', [route('eth0', '00000000', '0002', '00000000')], undefined],
  ['none', [], undefined],
])('the interface of %s', (_, routes, expected) => {
  expect(defaultInterface([header, ...routes, ''].join('\n'))).toBe(expected)
})
