import {
  cidrContains,
  formatCidr,
  formatIp,
  goQuote,
  type IpAddress,
  isMappedIpv4,
  parseCidr,
  parseIp,
} from '@kubets/apimachinery'
import { declare, type Library } from '../check/declarations.ts'
import { opaqueType, type Type } from '../check/types.ts'
import { Failure, LibraryValue, type Value } from '../evaluate/values.ts'

export const ipType = opaqueType('net.IP')
export const cidrType = opaqueType('net.CIDR')
const types = new Map([
  ['ip', ipType],
  ['cidr', cidrType],
])

type Address = Pick<IpAddress, 'bits' | 'value'>

class IpValue extends LibraryValue {
  readonly type: Type = ipType
  readonly address: Address

  constructor(address: Address) {
    super()
    this.address = address
  }
  equals(other: LibraryValue): boolean {
    return other instanceof IpValue && sameAddress(this.address, other.address)
  }
  override asString(): string {
    return formatIp(this.address)
  }
  override get size(): number {
    return this.address.bits / 8
  }
}

class CidrValue extends LibraryValue {
  readonly type: Type = cidrType
  readonly address: Address
  readonly prefixLength: number

  constructor(address: Address, prefixLength: number) {
    super()
    this.address = address
    this.prefixLength = prefixLength
  }
  get block() {
    return { network: masked(this.address, this.prefixLength), prefixLength: this.prefixLength }
  }
  equals(other: LibraryValue): boolean {
    return (
      other instanceof CidrValue && other.prefixLength === this.prefixLength && sameAddress(this.address, other.address)
    )
  }
  override asString(): string {
    return formatCidr({ network: this.address, prefixLength: this.prefixLength })
  }
  override get size(): number {
    return Math.ceil(this.prefixLength / 8)
  }
}

const sameAddress = (a: Address, b: Address) => a.bits === b.bits && a.value === b.value

function masked({ bits, value }: Address, prefixLength: number): Address {
  const free = BigInt(bits - prefixLength)
  return { bits, value: (value >> free) << free }
}

function readIp(text: string): IpValue | Failure {
  const zone = /^([^%]*:[^%]*)%(.+)$/.exec(text)
  const found = parseIp(zone?.[1] ?? text)
  if (found === undefined || found.leadingZeros)
    return new Failure(`IP Address ${goQuote(text)} parse error during conversion from string: ${whyNoAddress(text)}`)
  if (zone !== null) return new Failure(`IP address ${goQuote(text)} with zone value is not allowed`)
  if (isMappedIpv4(found)) return new Failure(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
  return new IpValue(found)
}

/** Go's words, for the commonest ways not to be an address. */
function whyNoAddress(text: string): string {
  const failed = (why: string) => `ParseAddr(${goQuote(text)}): ${why}`
  const separator = /[.:%]/.exec(text)?.[0]
  if (separator === undefined) return failed('unable to parse IP')
  if (separator === '%') return failed('missing IPv6 address')
  if (separator === '.') {
    const parts = text.split('.')
    const odd = /[^0-9.]/.exec(text)
    if (odd) return `${failed('unexpected character')} (at ${goQuote(text.slice(odd.index))})`
    if (parts.some(part => /^0\d/.test(part))) return failed('IPv4 field has octet with leading zero')
    if (parts.some(part => Number(part) > 255)) return failed('IPv4 field has value >255')
    if (parts.length > 4) return failed('IPv4 address too long')
    return failed(parts.includes('') ? 'IPv4 field must have at least one digit' : 'IPv4 address too short')
  }
  const empty = /^:(?!:)/.test(text) ? text : /(?<=:)[^0-9a-fA-F:.%].*$/.exec(text)?.[0]
  if (empty !== undefined)
    return `${failed(`each colon-separated field must have at least one digit`)} (at ${goQuote(empty)})`
  return failed('address string too short')
}

function readCidr(text: string): CidrValue | Failure {
  const found = parseCidr(text)
  const failed = (why: string) => new Failure(`network address parse error during conversion from string: ${why}`)
  const why = (reason: string) =>
    failed(`network address parse error during conversion from string: netip.ParsePrefix(${goQuote(text)}): ${reason}`)
  if (!text.includes('/')) return why("no '/'")
  if (found === undefined || found.leadingZeros) {
    const slash = text.lastIndexOf('/')
    const address = readIp(text.slice(0, slash))
    if (address instanceof Failure) return why(whyNoAddress(text.slice(0, slash)))
    const bits = text.slice(slash + 1)
    return why(
      /^(0|[1-9]\d{0,2})$/.test(bits) ? 'prefix length out of range' : `bad bits after slash: ${goQuote(bits)}`,
    )
  }
  if (isMappedIpv4(found.address)) return failed(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
  return new CidrValue(found.address, found.prefixLength)
}

const block = (text: string) => parseCidr(text) as NonNullable<ReturnType<typeof parseCidr>>
const ranges = {
  loopback: [block('127.0.0.0/8'), block('::1/128')],
  linkLocalMulticast: [block('224.0.0.0/24'), block('ff02::/16')],
  linkLocalUnicast: [block('169.254.0.0/16'), block('fe80::/10')],
  multicast: [block('224.0.0.0/4'), block('ff00::/8')],
}
const isIn = (blocks: readonly ReturnType<typeof block>[], address: Address) =>
  blocks.some(each => each.network.bits === address.bits && cidrContains(each, address))

const isUnspecified = ({ value }: Address) => value === 0n
const isBroadcast = ({ bits, value }: Address) => bits === 32 && value === 0xffff_ffffn
const isLinkLocalMulticast = (address: Address) =>
  address.bits === 32
    ? isIn(ranges.linkLocalMulticast, address)
    : address.value >> 120n === 0xffn && ((address.value >> 112n) & 0xfn) === 2n
const isGlobalUnicast = (address: Address) =>
  !isUnspecified(address) &&
  !isBroadcast(address) &&
  !isIn(ranges.loopback, address) &&
  !isIn(ranges.multicast, address) &&
  !isIn(ranges.linkLocalUnicast, address)

const question = (name: string, id: string, ask: (address: Address) => boolean) =>
  declare(name, { [id]: 'ip.() -> bool' }, ({ address }: IpValue) => ask(address), types)

export const addresses: Library = {
  name: 'addresses',
  types,
  functions: [
    declare(
      'ip',
      {
        string_to_ip: ['(string) -> ip', readIp],
        cidr_ip: ['cidr.() -> ip', ({ address }: CidrValue) => new IpValue(address)],
      },
      undefined,
      types,
    ),
    declare('family', { ip_family: 'ip.() -> int' }, ({ address }: IpValue) => (address.bits === 32 ? 4n : 6n), types),
    declare('ip.isCanonical', { ip_is_canonical: '(string) -> bool' }, (text: string) => {
      const found = readIp(text)
      return found instanceof Failure ? found : found.asString() === text
    }),
    question('isUnspecified', 'ip_is_unspecified', isUnspecified),
    question('isLoopback', 'ip_is_loopback', address => isIn(ranges.loopback, address)),
    question('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
    question('isLinkLocalUnicast', 'ip_is_link_local_unicast', address => isIn(ranges.linkLocalUnicast, address)),
    question('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
    declare('isIP', { is_ip: '(string) -> bool' }, (text: string) => !(readIp(text) instanceof Failure)),
    declare(
      'string',
      {
        ip_to_string: ['(ip) -> string', (ip: IpValue) => ip.asString()],
        cidr_to_string: ['(cidr) -> string', (cidr: CidrValue) => cidr.asString()],
      },
      undefined,
      types,
    ),
    declare('cidr', { string_to_cidr: '(string) -> cidr' }, readCidr, types),
    declare(
      'containsIP',
      { cidr_contains_ip_string: 'cidr.(string) -> bool', cidr_contains_ip_ip: 'cidr.(ip) -> bool' },
      (cidr: CidrValue, other: string | IpValue): Value | Failure => {
        const ip = typeof other === 'string' ? readIp(other) : other
        if (ip instanceof Failure) return ip
        return ip.address.bits === cidr.address.bits && cidrContains(cidr.block, ip.address)
      },
      types,
    ),
    declare(
      'containsCIDR',
      { cidr_contains_cidr_string: 'cidr.(string) -> bool', cidr_contains_cidr: 'cidr.(cidr) -> bool' },
      (cidr: CidrValue, other: string | CidrValue): Value | Failure => {
        const inner = typeof other === 'string' ? readCidr(other) : other
        if (inner instanceof Failure) return inner
        return (
          inner.address.bits === cidr.address.bits &&
          cidr.prefixLength <= inner.prefixLength &&
          cidrContains(cidr.block, inner.block.network)
        )
      },
      types,
    ),
    declare(
      'prefixLength',
      { cidr_prefix_length: 'cidr.() -> int' },
      ({ prefixLength }: CidrValue) => BigInt(prefixLength),
      types,
    ),
    declare(
      'masked',
      { cidr_masked: 'cidr.() -> cidr' },
      ({ block, prefixLength }: CidrValue) => new CidrValue(block.network, prefixLength),
      types,
    ),
    declare('isCIDR', { is_cidr: '(string) -> bool' }, (text: string) => !(readCidr(text) instanceof Failure)),
  ],
}
