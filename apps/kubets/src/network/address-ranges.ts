import { type Cidr, formatCidr, overlap, parseCidr } from './cidr.ts'

/** The three ranges of one cluster, as text: they are kept in its directory. */
export interface AddressRanges {
  /** The nodes and the host's link to them; the host has the first address. */
  nodes: string
  /** Cut into a /24 for each node. */
  pods: string
  services: string
}

/** Further clusters on a machine take the next of these. The first are kubeadm's and flannel's customary ones. */
const candidates = 40
const candidate = (i: number): AddressRanges => ({
  nodes: `10.89.${i}.0/24`,
  pods: `10.${244 - i}.0.0/16`,
  services: `10.${96 + i}.0.0/16`,
})

/**
 * Takes the first ranges that touch nothing in `used` (routes of the machine, other clusters). What the user named is
 * taken as it is; a clash throws and says with what.
 */
export function chooseRanges(wanted: Partial<AddressRanges>, used: readonly string[]): AddressRanges {
  const taken = used.map(parseCidr)
  const clash = (range: string) => taken.find(other => overlap(parseCidr(range), other))
  for (const [name, range] of Object.entries(wanted)) {
    const other = clash(range)
    if (other)
      throw new Error(
        `the ${name} range ${range} overlaps ${formatCidr(other)}, which this machine already uses: choose another with --${flagOf[name as keyof AddressRanges]}`,
      )
  }
  const pick = (name: keyof AddressRanges): string => {
    const chosen = Object.values(wanted).map(parseCidr)
    for (let i = 0; i < candidates; i++) {
      const range = candidate(i)[name]
      if (!clash(range) && !chosen.some((other: Cidr) => overlap(parseCidr(range), other))) return range
    }
    throw new Error(`no free address range is left for ${name}: name one with --${flagOf[name]}`)
  }
  return {
    nodes: wanted.nodes ?? pick('nodes'),
    pods: wanted.pods ?? pick('pods'),
    services: wanted.services ?? pick('services'),
  }
}

const flagOf: Record<keyof AddressRanges, string> = { nodes: 'node-cidr', pods: 'pod-cidr', services: 'service-cidr' }
