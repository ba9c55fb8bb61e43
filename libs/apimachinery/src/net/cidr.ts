import { familyOfIp, formatIp, type IpAddress, isMappedIpv4, parseIp } from './ip-address.ts'

/** A block of addresses. */
export interface Cidr {
  /** The address as written: bits beyond the prefix may be set. */
  readonly address: IpAddress
  /** The lowest address of the block. */
  readonly network: Pick<IpAddress, 'bits' | 'value'>
  readonly prefixLength: number
  /** Written as nobody should: zeros in front of a part or of the length. */
  readonly leadingZeros: boolean
}

/** Reads `10.0.0.0/8`; `undefined` for what is no block. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const address = parseIp(text.slice(0, slash))
  const length = text.slice(slash + 1)
  if (address === undefined || !/^\d+$/.test(length) || Number(length) > address.bits) return undefined
  const prefixLength = Number(length)
  const hostBits = BigInt(address.bits - prefixLength)
  return {
    address,
    network: { bits: address.bits, value: (address.value >> hostBits) << hostBits },
    prefixLength,
    leadingZeros: address.leadingZeros || (length.length > 1 && length.startsWith('0')),
  }
}

/** The one way to write the block. */
export function formatCidr({ network, prefixLength }: Pick<Cidr, 'network' | 'prefixLength'>): string {
  return `${formatIp(network)}/${isMappedIpv4(network) ? Math.max(prefixLength - 96, 0) : prefixLength}`
}

export function cidrContains(cidr: Pick<Cidr, 'network' | 'prefixLength'>, ip: Pick<IpAddress, 'bits' | 'value'>) {
  if (cidr.network.bits !== ip.bits) return false
  const hostBits = BigInt(ip.bits - cidr.prefixLength)
  return cidr.network.value >> hostBits === ip.value >> hostBits
}

/** The family of a block in text; `undefined` for what is none. */
export function cidrFamilyOf(text: string): 'IPv4' | 'IPv6' | undefined {
  const cidr = parseCidr(text)
  return cidr === undefined ? undefined : familyOfIp(cidr.network)
}
