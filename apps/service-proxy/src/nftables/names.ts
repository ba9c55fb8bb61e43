import { createHash } from 'node:crypto'
import { type Endpoint, familyOf, type ServicePort } from '../services/service-port.ts'

/** The table of upstream's kube-proxy, so that what knows its way around there finds it here. */
export const table = 'kube-proxy'
export const rejectChain = 'reject-chain'

/** The kernel takes 255 bytes; upstream leaves 15 for the prefix. */
const longest = 240
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** `ULMVA6XW-ns1/svc1/tcp/p80`: the hash tells apart what differs in a digit at the end. */
export function portChainBase({ namespace, name, protocol, portName }: ServicePort): string {
  return hashed(`${namespace}/${name}/${protocol}/${portName}`)
}

export function endpointChainBase(port: ServicePort, { ip, port: number }: Endpoint): string {
  const { namespace, name, protocol, portName } = port
  // colons are not allowed in a chain's name
  return hashed(`${namespace}/${name}/${protocol}/${portName}__${ip.replaceAll(':', '.')}/${number}`)
}

/** `10.1.2.3:80`, `[fd00::1]:80` */
export const destination = ({ ip, port }: Endpoint) => (familyOf(ip) === 'IPv6' ? `[${ip}]:${port}` : `${ip}:${port}`)

/** Names are asked for at every change, and most are the same as before. Forgotten as a whole at the bound. */
const known = new Map<string, string>()
const mostKnown = 20_000

function hashed(name: string): string {
  const before = known.get(name)
  if (before !== undefined) return before
  if (known.size >= mostKnown) known.clear()
  const fresh = withHash(name)
  known.set(name, fresh)
  return fresh
}

function withHash(name: string): string {
  const digest = createHash('sha256').update(name).digest()
  // 40 bits give eight letters
  let bits = BigInt(`0x${digest.subarray(0, 5).toString('hex')}`)
  let letters = ''
  for (let i = 0; i < 8; i++) {
    letters = alphabet[Number(bits & 31n)] + letters
    bits >>= 5n
  }
  const full = `${letters}-${name}`
  return full.length > longest ? `${full.slice(0, longest - 3)}...` : full
}
