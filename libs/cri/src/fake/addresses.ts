/** Gives out the addresses of an IPv4 range; the first two (network, gateway) and the last (broadcast) are never given. */
export function createAddresses(cidr: string): {
  take(): string
  use(address: string): void
  free(address: string): void
} {
  const [base = '', bits = ''] = cidr.split('/')
  const octets = base.split('.').map(Number)
  if (
    octets.length !== 4 ||
    octets.some(o => !Number.isInteger(o) || o < 0 || o > 255) ||
    !/^\d+$/.test(bits) ||
    +bits > 30
  )
    throw new RangeError(`invalid IPv4 CIDR ${JSON.stringify(cidr)}: a form such as 10.244.0.0/24 is needed`)
  const size = 2 ** (32 - Number(bits))
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0)
  const first = number - (number % size)
  const used = new Set<string>()
  // an address that was just freed is not given again at once: clients may still talk to it
  let next = 2
  const text = (n: number) => [24, 16, 8, 0].map(shift => Math.floor(n / 2 ** shift) % 256).join('.')
  return {
    take() {
      for (let tried = 0; tried < size - 3; tried++) {
        const address = text(first + next)
        next = next + 1 >= size - 1 ? 2 : next + 1
        if (used.has(address)) continue
        used.add(address)
        return address
      }
      throw new Error(`no IP addresses available in range set: ${cidr}`)
    },
    use: address => void used.add(address),
    free: address => void used.delete(address),
  }
}
