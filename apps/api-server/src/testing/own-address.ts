import { networkInterfaces } from 'node:os'
import { isProxyable } from '../proxy/proxyable-address.ts'

/** An address of this machine that is not its loopback, which nothing is proxied to. @throws Error where it has none. */
export function ownAddress(): string {
  for (const { family, address } of Object.values(networkInterfaces()).flatMap(all => all ?? []))
    if (family === 'IPv4' && isProxyable(address)) return address
  throw new Error('this test needs a network interface besides the loopback (ip addr add 192.0.2.2/32 dev lo)')
}
