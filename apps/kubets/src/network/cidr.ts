/** An IPv4 range: its first address as a number, and its prefix length. */
export interface Cidr {
  readonly base: number
  readonly prefix: number
}

/** Reads `10.89.0.0/24`; throws with what is wrong. */
export function parseCidr(text: string): Cidr {
  const [address, length] = text.split('/')
  const base = parseAddress(address ?? '')
  const prefix = Number(length)
  if (base === undefined || !/^\d{1,2}$/.test(length ?? '') || prefix > 32)
    throw new Error(`"${text}" is not an IPv4 range: write it as 10.89.0.0/24`)
  const size = 2 ** (32 - prefix)
  if (base % size !== 0)
    throw new Error(
      `"${text}" has bits set after its prefix: did you mean ${formatAddress(base - (base % size))}/${prefix}?`,
    )
  return { base, prefix }
}

export const formatCidr = (cidr: Cidr) => `${formatAddress(cidr.base)}/${cidr.prefix}`
export const size = (cidr: Cidr) => 2 ** (32 - cidr.prefix)
/** The n-th address of a range, 0 being the network's own. */
export const address = (cidr: Cidr, n: number) => formatAddress(cidr.base + n)
export const overlap = (a: Cidr, b: Cidr) => a.base < b.base + size(b) && b.base < a.base + size(a)

/** The n-th part of a range when it is cut into pieces of length `prefix`. */
export function subnet(cidr: Cidr, prefix: number, n: number): Cidr {
  const part = { base: cidr.base + n * 2 ** (32 - prefix), prefix }
  if (prefix < cidr.prefix || !overlap(part, cidr))
    throw new Error(`${formatCidr(cidr)} is too small for ${n + 1} ranges of /${prefix}`)
  return part
}

function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(p => /^\d{1,3}$/.test(p) && Number(p) < 256)) return undefined
  return parts.reduce((sum, p) => sum * 256 + Number(p), 0)
}

function formatAddress(value: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.')
}
