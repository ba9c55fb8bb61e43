/** An IP address as a number. */
export interface IpAddress {
  /** How it is written: `::ffff:10.0.0.1` is written as IPv6 and means an IPv4 address. */
  readonly bits: 32 | 128
  readonly value: bigint
  /** Written as nobody should: zeros in front of a part, which some programs read as octal. */
  readonly leadingZeros: boolean
}

const dot = 0x2e
const zero = 0x30
const nine = 0x39
const mappedPrefix = 0xffff_0000_0000n
const lower32 = 0xffff_ffffn

/** Reads what upstream's older fields take: also zeros in front. `undefined` for what is no address; zones (`%eth0`) are none. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): IpAddress | undefined {
  let [value, part, parts, digits] = [0, 0, 1, 0]
  let leadingZeros = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === dot) {
      if (digits === 0 || parts === 4) return undefined
      value = value * 256 + part
      parts++
      part = 0
      digits = 0
    } else {
      if (code < zero || code > nine) return undefined
      if (digits > 0 && part === 0) leadingZeros = true
      part = part * 10 + code - zero
      if (part > 255) return undefined
      digits++
    }
  }
  return digits > 0 && parts === 4 ? { bits: 32, value: BigInt(value * 256 + part), leadingZeros } : undefined
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const lists = halves.map(half => (half === '' ? [] : half.split(':')))
  let leadingZeros = false
  // the last 32 bits may be written as an IPv4 address
  const last = lists.at(-1)?.at(-1)
  if (last?.includes('.')) {
    const tail = parseIpv4(last)
    if (tail === undefined) return undefined
    leadingZeros = tail.leadingZeros
    const groups = [(tail.value >> 16n).toString(16), (tail.value & 0xffffn).toString(16)]
    lists.at(-1)?.splice(-1, 1, ...groups)
  }
  const [before = [], after] = lists
  const written = before.length + (after?.length ?? 0)
  if (after === undefined ? written !== 8 : written > 7) return undefined
  const groups = [...before, ...Array<string>(8 - written).fill('0'), ...(after ?? [])]
  let value = 0n
  for (const group of groups) {
    if (!/^[0-9a-fA-F]+$/.test(group)) return undefined
    const number = Number.parseInt(group, 16)
    if (number > 0xffff) return undefined
    if (group.length > 4) leadingZeros = true
    value = (value << 16n) | BigInt(number)
  }
  return { bits: 128, value, leadingZeros }
}

/** Written as IPv6, means an IPv4 address. */
export const isMappedIpv4 = ({ bits, value }: Pick<IpAddress, 'bits' | 'value'>): boolean =>
  bits === 128 && value >> 32n === mappedPrefix >> 32n

/** The family that an address means: a mapped one is IPv4. */
export const familyOfIp = (ip: Pick<IpAddress, 'bits' | 'value'>): 'IPv4' | 'IPv6' =>
  ip.bits === 32 || isMappedIpv4(ip) ? 'IPv4' : 'IPv6'

/** The family of an address in text; `undefined` for what is none. */
export function ipFamilyOf(text: string): 'IPv4' | 'IPv6' | undefined {
  const ip = parseIp(text)
  return ip === undefined ? undefined : familyOfIp(ip)
}

/** The one way to write it (RFC 5952); a mapped address as IPv4. */
export function formatIp(ip: Pick<IpAddress, 'bits' | 'value'>): string {
  if (familyOfIp(ip) === 'IPv4') return formatIpv4(ip.value & lower32)
  const groups = Array.from({ length: 8 }, (_, i) => Number((ip.value >> BigInt(112 - i * 16)) & 0xffffn))
  // the first longest run of two or more zeros is left out
  let best = { start: 0, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const hex = (list: readonly number[]) => list.map(group => group.toString(16)).join(':')
  if (best.length < 2) return hex(groups)
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`
}

const formatIpv4 = (value: bigint) => [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 0xffn).join('.')
