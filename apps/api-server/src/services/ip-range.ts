import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Addresses of one CIDR as numbers. */
export interface IpRange {
  readonly text: string
  readonly family: 'IPv4' | 'IPv6'
  /** How many addresses may be given out (at most 65,536, as upstream for IPv6). */
  readonly size: number
  /** The address at a place: 0 is the network's own first usable one (upstream gives `kubernetes` that). */
  address(place: number): string
  contains(address: string): boolean
}

/** Largest number of service addresses that are kept track of. */
const maxSize = 65_536

/** Throws on what is no CIDR. */
export function parseIpRange(text: string): IpRange {
  const [base = '', bitsText = ''] = text.split('/')
  const family = isIPv4(base) ? 'IPv4' : isIPv6(base) ? 'IPv6' : undefined
  const width = family === 'IPv4' ? 32 : 128
  const bits = Number(bitsText)
  if (family === undefined || !/^\d+$/.test(bitsText) || bits > width)
    throw new Error(`invalid service cluster IP range ${JSON.stringify(text)}: must be a CIDR such as 10.96.0.0/16`)
  const hostBits = width - bits
  if (hostBits < 3) throw new Error(`service cluster IP range ${text} is too small: at least 8 addresses are needed`)
  const network = (toNumber(base, family) >> BigInt(hostBits)) << BigInt(hostBits)
  // neither the network's address nor (IPv4) the broadcast address
  const count = (1n << BigInt(hostBits)) - (family === 'IPv4' ? 2n : 1n)
  const block = new BlockList()
  block.addSubnet(fromNumber(network, family), bits, family === 'IPv4' ? 'ipv4' : 'ipv6')
  return {
    text,
    family,
    size: Number(count > BigInt(maxSize) ? BigInt(maxSize) : count),
    address: place => fromNumber(network + 1n + BigInt(place), family),
    contains: address => {
      const kind = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
      if (kind === undefined || !block.check(address, kind)) return false
      const number = toNumber(address, family)
      return number > network && number <= network + count
    },
  }
}

/** The address of the `kubernetes` Service. */
export const firstAddress = (range: string) => parseIpRange(range).address(0)

function toNumber(address: string, family: 'IPv4' | 'IPv6'): bigint {
  if (family === 'IPv4') return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n)
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
  return all.reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n)
}

function fromNumber(value: bigint, family: 'IPv4' | 'IPv6'): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 0xffn).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - i * 16)) & 0xffffn).toString(16))
  // the form that everybody writes: the longest run of zeros as ::
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
