import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { UsageError } from '@kubets/component'
import { familyOf, type IpFamily } from './services/service-port.ts'

/**
 * The addresses of this network namespace that lie in one of the ranges, without loopback, on which node ports are not
 * served. Undefined when no range of the family narrows them.
 */
export function nodeAddressesIn(
  ranges: readonly string[],
  family: IpFamily,
  interfaces = networkInterfaces(),
): string[] | undefined {
  const own = ranges.filter(range => familyOf(range) === family)
  if (own.length === 0 || own.some(range => /^(0\.0\.0\.0|::)\/0$/.test(range))) return undefined
  const list = new BlockList()
  const kind = family === 'IPv4' ? 'ipv4' : 'ipv6'
  for (const range of own) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), kind)
  }
  return Object.values(interfaces)
    .flatMap(addresses => addresses ?? [])
    .filter(({ address, family: its, internal }) => !internal && its === family && list.check(address, kind))
    .map(({ address }) => address)
}

/** Throws a {@link UsageError} for what is not a CIDR. */
export function checkCidrs(flag: string, ranges: readonly string[]): void {
  for (const range of ranges) {
    const [network = '', bits = ''] = range.split('/')
    const most = isIP(network) === 4 ? 32 : isIP(network) === 6 ? 128 : -1
    if (!/^\d+$/.test(bits) || Number(bits) > most)
      throw new UsageError(
        `invalid argument ${JSON.stringify(range)} for "--${flag}" flag: must be a range such as 10.0.0.0/8`,
      )
  }
}
