import type { WatchCache } from '@kubets/storage'
import type { SharedBody } from '../front/exchange.ts'
import type { Lane } from './fan-out.ts'
import type { Audience } from './watch-audiences.ts'
import { askEvery, type Member, WatchGroup } from './watch-group.ts'

/** Fewer are told one by one as cheaply. */
const fewest = 4

/** Those of one connection who are told the same. */
export class Peers {
  readonly #cache: WatchCache
  readonly #leave: () => void
  #count = 0
  #group: WatchGroup | undefined

  /** `leave`: the last of them is gone. */
  constructor(cache: WatchCache, leave: () => void) {
    this.#cache = cache
    this.#leave = leave
  }

  enter(): this {
    this.#count++
    return this
  }

  leave(): void {
    if (--this.#count === 0) this.#leave()
  }

  /** The group that tells it from now on, if it can be told together with others. */
  join(one: Member): WatchGroup | undefined {
    const { body } = one
    if (this.#count < fewest || body === undefined || body.buffered >= askEvery) return undefined
    const group = this.#group?.open === true ? this.#group : this.#newGroup(one, body)
    return group?.add(one, body) === true ? group : undefined
  }

  #newGroup(one: Member, body: SharedBody): WatchGroup | undefined {
    const group = new WatchGroup(one, body.handle.way, this.#cache.revision)
    try {
      this.#cache.watch(group)
    } catch {
      // the cache is rebuilt or closes: its watchers hear of that
      return undefined
    }
    this.#group = group
    return group
  }
}

/** Finds those of one connection who are told the same. */
export class WatchGroups {
  readonly #cache: WatchCache
  readonly #peers = new WeakMap<Lane, Map<Audience, Peers>>()

  constructor(cache: WatchCache) {
    this.#cache = cache
  }

  /** Whoever enters leaves. */
  enter(lane: Lane, audience: Audience): Peers {
    let peers = this.#peers.get(lane)
    if (peers === undefined) {
      peers = new Map()
      this.#peers.set(lane, peers)
    }
    let same = peers.get(audience)
    if (same === undefined) {
      const all = peers
      same = new Peers(this.#cache, () => all.delete(audience))
      peers.set(audience, same)
    }
    return same.enter()
  }
}
