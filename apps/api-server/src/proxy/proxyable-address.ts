import { getServers } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { badRequest } from '@kubets/apimachinery'
import { hostPort } from '@kubets/streaming'

/**
 * What no proxied request may reach, whoever asks for it: this machine itself, what is only on its links (clouds answer there with credentials),
 * many at once, nobody. Go's `!IsGlobalUnicast`; addresses of IPv4 are found in their IPv6 form too.
 */
const refused = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 32],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const)
  refused.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  refused.addSubnet(network, prefix, 'ipv6')

/** Whether proxied requests may go there. No for what is no address. */
export function isProxyable(address: string): boolean {
  return isIP(address) !== 0 && !refused.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/** Where a host's name leads. Throws 400 unless all of its addresses may be reached: the one that is returned is to be dialled, the name could lead elsewhere by then. */
export async function proxyableAddress(host: string): Promise<string> {
  const addresses = isIP(host) === 0 ? await addressesOf(host) : [host]
  const [first] = addresses
  if (first === undefined) throw badRequest('no addresses for hostname')
  if (!addresses.every(isProxyable)) throw badRequest('address not allowed')
  return first
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(one => one.address)
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN' ? 'server misbehaving' : 'no such host'
    throw badRequest(`lookup ${host}${askedServer()}: ${why}`)
  }
}

/** Whom the machine asks for names, as Go tells it: ` on 10.0.0.53:53`. */
function askedServer(): string {
  const [first] = getServers()
  if (first === undefined) return ''
  return ` on ${isIP(first) === 0 ? first : hostPort(first, 53)}`
}
