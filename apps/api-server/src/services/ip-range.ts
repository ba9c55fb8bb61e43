import { randomBytes } from 'node:crypto'
import {
  type Cidr,
  cidrContains,
  familyOfIp,
  formatCidr,
  formatIp,
  type IpAddress,
  parseCidr,
  parseIp,
} from '@kubets/apimachinery'

export type IpFamily = 'IPv4' | 'IPv6'

/** The addresses that Services get out of one block. */
export interface IpRange {
  /** The block's canonical notation. */
  readonly text: string
  readonly family: IpFamily
  /** The block's own address: what a dry run shows. */
  readonly network: string
  /** First and last address that may be given out: neither the network's own one nor, for IPv4, the broadcast address. */
  readonly first: bigint
  readonly last: bigint
  /** The lower band, `[first, dynamic)`, is left to addresses that Services ask for; others come from above (KEP-3070). */
  readonly dynamic: bigint
  address(value: bigint): string
  contains(ip: string): boolean
  /** Lies in the block, also where it is never given out. */
  covers(ip: string): boolean
}

/** IPv6 blocks may not be larger: upstream counts their addresses in 64 bits. */
const maxHostBits = 64
const band = { min: 16n, max: 256n, step: 16n }

/** @throws Error on what is no block, or too large. */
export function ipRange(text: string): IpRange {
  const cidr = parseCidr(text)
  if (cidr === undefined)
    throw new Error(`invalid service cluster IP range ${JSON.stringify(text)}: must be a CIDR such as 10.96.0.0/16`)
  const hostBits = cidr.network.bits - cidr.prefixLength
  if (hostBits > maxHostBits) {
    throw new Error(
      `service cluster IP range ${text}: shortest allowed prefix length for service CIDR is 64, got ${cidr.prefixLength}`,
    )
  }
  const size = 1n << BigInt(hostBits)
  const base = cidr.network.value
  const family = familyOfIp(cidr.network)
  const first = base + 1n
  const last = base + size - (family === 'IPv4' ? 2n : 1n)
  const inBlock = (ip: IpAddress | undefined) => ip !== undefined && cidrContains(cidr, ip)
  return {
    text: formatCidr(cidr),
    family,
    network: formatIp(cidr.network),
    first,
    last,
    dynamic: first + lowerBand(size),
    address: value => formatIp({ bits: (cidr as Cidr).network.bits, value }),
    contains: ip => {
      const parsed = parseIp(ip)
      return parsed !== undefined && inBlock(parsed) && parsed.value >= first && parsed.value <= last
    },
    covers: ip => inBlock(parseIp(ip)),
  }
}

/** A sixteenth of the block, at least 16 and at most 256 addresses; none of a block that is too small for it. */
function lowerBand(size: bigint): bigint {
  if (size <= band.min) return 0n
  const share = size / band.step
  return share < band.min ? band.min : share > band.max ? band.max : share
}

/** Every address once, beginning at a place by chance: first those above the lower band, then those in it. */
export function* candidates(range: IpRange): Generator<bigint, void> {
  yield* around(range.dynamic, range.last)
  yield* around(range.first, range.dynamic - 1n < range.last ? range.dynamic - 1n : range.last)
}

function* around(first: bigint, last: bigint): Generator<bigint, void> {
  const size = last - first + 1n
  if (size <= 0n) return
  const start = first + (randomBytes(8).readBigUInt64BE() % size)
  for (let value = start; value <= last; value++) yield value
  for (let value = first; value < start; value++) yield value
}

/** The blocks of `--service-cluster-ip-range`: one, or one of each family. The first one's family is that of Services that name none. */
export function parseServiceRanges(text: string): IpRange[] {
  const ranges = text.split(',').map(part => ipRange(part.trim()))
  if (ranges.length > 2) throw new Error(`--service-cluster-ip-range must not contain more than two entries: ${text}`)
  if (ranges.length === 2 && ranges[0]?.family === ranges[1]?.family) {
    throw new Error(
      `--service-cluster-ip-range[0] and --service-cluster-ip-range[1] must be of different IP family: ${text}`,
    )
  }
  for (const range of ranges) {
    if (range.last - range.first + 1n < 6n) {
      throw new Error(`service cluster IP range ${range.text} is too small: at least 8 addresses are needed`)
    }
  }
  return ranges
}

/** The address of the Service `kubernetes`. */
export function firstServiceAddress(text: string): string {
  const [range] = parseServiceRanges(text)
  return range === undefined ? '' : range.address(range.first)
}
