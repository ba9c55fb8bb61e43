import { isIPv6 } from 'node:net'

interface Share<T> {
  readonly of: string
  /** Oldest first. */
  readonly members: Set<T>
}

/**
 * Who of many came from where, or is whose, so that there is always an answer to 'who goes first when there are too many': the oldest of whoever has the most. Each
 * question and change takes the same time, however many there are.
 */
export class Shares<T> {
  readonly #shares = new Map<string, Share<T>>()
  /** Shares by how many members they have. */
  readonly #bySize = new Map<number, Set<Share<T>>>()
  #largest = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Members of the largest share. */
  get largest(): number {
    return this.#largest
  }

  add(from: string, member: T): void {
    let share = this.#shares.get(from)
    if (share === undefined) {
      share = { of: from, members: new Set() }
      this.#shares.set(from, share)
    }
    const before = share.members.size
    share.members.add(member)
    this.#size++
    this.#move(share, before)
    if (share.members.size > this.#largest) this.#largest = share.members.size
  }

  delete(from: string, member: T): void {
    const share = this.#shares.get(from)
    const before = share?.members.size ?? 0
    if (!share?.members.delete(member)) return
    this.#size--
    if (share.members.size === 0) this.#shares.delete(from)
    this.#move(share, before)
    if (before === this.#largest && !this.#bySize.has(before)) this.#largest = share.members.size
  }

  /** The oldest member of the largest share. */
  first(): T | undefined {
    const [share] = this.#bySize.get(this.#largest) ?? []
    const [member] = share?.members ?? []
    return member
  }

  #move(share: Share<T>, before: number): void {
    const old = this.#bySize.get(before)
    old?.delete(share)
    if (old?.size === 0) this.#bySize.delete(before)
    const now = share.members.size
    if (now === 0) return
    const shares = this.#bySize.get(now)
    if (shares === undefined) this.#bySize.set(now, new Set([share]))
    else shares.add(share)
  }
}

/** What counts as one address: of IPv6 the network of 64 bits, all of which one client may have. */
export function shareOf(address: string): string {
  if (!isIPv6(address)) return address
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  const [before = '', after] = address.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const all = after === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return `${all.slice(0, 4).join(':')}::/64`
}
