import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { UsageError } from '@kubets/component'
import { familyOf, type IpFamily } from './services/service-port.ts'

/** Instead of ranges: the addresses that the API has of the node. Upstream's default in nftables mode. */
export const primary = 'primary'

/** Whether the ranges leave nothing out. */
export const isEverywhere = (ranges: readonly string[], family: IpFamily) =>
  ranges.includes(family === 'IPv4' ? '0.0.0.0/0' : '::/0')

/** The addresses of this network namespace that lie in one of the ranges, without loopback, on which node ports are not served. */
export function addressesIn(ranges: readonly string[], family: IpFamily, interfaces = networkInterfaces()): string[] {
  const list = new BlockList()
  const kind = family === 'IPv4' ? 'ipv4' : 'ipv6'
  for (const range of ranges.filter(range => familyOf(range) === family)) {
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
