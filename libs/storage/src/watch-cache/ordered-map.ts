import type { FormHolder } from './form-cache.ts'

/**
 * Keys and values of a stretch of the map, in order. Belongs to the map that made it after its last snapshot; shared otherwise,
 * and never changed again: what is made of all its values can be kept with it.
 */
export interface Leaf<V> extends FormHolder {
  readonly owner: object
  readonly keys: string[]
  readonly values: V[]
}

/** What a range takes of one leaf. */
export interface LeafPart<V> {
  readonly leaf: Leaf<V>
  readonly from: number
  readonly to: number
}

const splitAt = 128
const mergeBelow = 48

/** An ordered map as it was at one moment. */
export class MapView<V> {
  readonly leaves: readonly Leaf<V>[]
  readonly size: number

  constructor(leaves: readonly Leaf<V>[], size: number) {
    this.leaves = leaves
    this.size = size
  }

  get(key: string): V | undefined {
    const leaf = this.leaves[leafOf(this.leaves, key)]
    if (!leaf) return undefined
    const i = lowerBound(leaf.keys, key)
    return leaf.keys[i] === key ? leaf.values[i] : undefined
  }

  *range(start: string, end: string): Generator<V, void, undefined> {
    for (const { leaf, from, to } of this.parts(start, end)) for (let i = from; i < to; i++) yield leaf.values[i] as V
  }

  /** The same by leaves. */
  *parts(start: string, end: string): Generator<LeafPart<V>, void, undefined> {
    for (let l = Math.max(leafOf(this.leaves, start), 0); l < this.leaves.length; l++) {
      const leaf = this.leaves[l] as Leaf<V>
      const { keys } = leaf
      if ((keys[0] as string) >= end) return
      const to = (keys[keys.length - 1] as string) < end ? keys.length : lowerBound(keys, end)
      const from = (keys[0] as string) >= start ? 0 : lowerBound(keys, start)
      if (from < to) yield { leaf, from, to }
    }
  }

  count(start: string, end: string): number {
    if (!(start < end)) return 0
    return this.#rank(end) - this.#rank(start)
  }

  /** How many keys lie before `key`. */
  #rank(key: string): number {
    const at = leafOf(this.leaves, key)
    let rank = 0
    for (let l = 0; l < at; l++) rank += (this.leaves[l] as Leaf<V>).keys.length
    return at < 0 ? 0 : rank + lowerBound((this.leaves[at] as Leaf<V>).keys, key)
  }
}

/**
 * Strings in code unit order (that of bytes, as long as keys are ASCII). Leaves of about 100 keys are copied on the
 * first write after a snapshot, and so is the list of leaves: taking a snapshot costs nothing by itself.
 */
export class OrderedMap<V> {
  #leaves: Leaf<V>[]
  #size: number
  /** Stands for 'since the last snapshot'. */
  #owner: object = {}
  #view: MapView<V> | undefined

  constructor(from?: MapView<V>) {
    // the leaves belong to someone else, and so does the list
    this.#leaves = from ? [...from.leaves] : []
    this.#size = from?.size ?? 0
  }

  get size(): number {
    return this.#size
  }

  get(key: string): V | undefined {
    const leaf = this.#leaves[leafOf(this.#leaves, key)]
    if (!leaf) return undefined
    const i = lowerBound(leaf.keys, key)
    return leaf.keys[i] === key ? leaf.values[i] : undefined
  }

  view(): MapView<V> {
    this.#view ??= new MapView(this.#leaves, this.#size)
    return this.#view
  }

  /** Whether nothing was written since the view was taken. */
  isAt(view: MapView<V>): boolean {
    return this.#view === view
  }

  /** For a key behind all others, of a map that is being filled. */
  append(key: string, value: V): void {
    this.#beforeWrite()
    let leaf = this.#leaves.at(-1)
    if (leaf === undefined || leaf.keys.length >= 100) {
      leaf = newLeaf(this.#owner)
      this.#leaves.push(leaf)
    } else leaf = this.#own(this.#leaves.length - 1)
    leaf.keys.push(key)
    leaf.values.push(value)
    this.#size++
  }

  /** Returns what stood there. */
  set(key: string, value: V): V | undefined {
    this.#beforeWrite()
    const at = Math.max(leafOf(this.#leaves, key), 0)
    if (this.#leaves.length === 0) this.#leaves.push(newLeaf(this.#owner))
    const leaf = this.#own(at)
    const i = lowerBound(leaf.keys, key)
    if (leaf.keys[i] === key) {
      const old = leaf.values[i]
      leaf.values[i] = value
      return old
    }
    leaf.keys.splice(i, 0, key)
    leaf.values.splice(i, 0, value)
    this.#size++
    if (leaf.keys.length > splitAt) {
      // keys that only ever grow fill their leaves
      const cut = i === leaf.keys.length - 1 && at === this.#leaves.length - 1 ? splitAt - 8 : splitAt / 2
      const right = newLeaf(this.#owner, leaf.keys.splice(cut), leaf.values.splice(cut))
      this.#leaves.splice(at + 1, 0, right)
    }
    return undefined
  }

  /** Returns what stood there. */
  delete(key: string): V | undefined {
    const at = leafOf(this.#leaves, key)
    const found = this.#leaves[at]
    if (!found) return undefined
    const i = lowerBound(found.keys, key)
    if (found.keys[i] !== key) return undefined
    this.#beforeWrite()
    const leaf = this.#own(at)
    const [old] = leaf.values.splice(i, 1)
    leaf.keys.splice(i, 1)
    this.#size--
    const next = this.#leaves[at + 1]
    if (leaf.keys.length === 0) this.#leaves.splice(at, 1)
    else if (next && leaf.keys.length + next.keys.length < mergeBelow) {
      leaf.keys.push(...next.keys)
      leaf.values.push(...next.values)
      this.#leaves.splice(at + 1, 1)
    }
    return old
  }

  #beforeWrite(): void {
    if (!this.#view) return
    this.#view = undefined
    this.#owner = {}
    this.#leaves = this.#leaves.slice()
  }

  #own(at: number): Leaf<V> {
    const leaf = this.#leaves[at] as Leaf<V>
    if (leaf.owner === this.#owner) return leaf
    const copy = newLeaf(this.#owner, leaf.keys.slice(), leaf.values.slice())
    this.#leaves[at] = copy
    return copy
  }
}

function newLeaf<V>(owner: object, keys: string[] = [], values: V[] = []): Leaf<V> {
  return { owner, keys, values, forms: undefined }
}

/** The last leaf that begins at or before `key`; -1 when all begin behind it. */
function leafOf<V>(leaves: readonly Leaf<V>[], key: string): number {
  let low = 0
  let high = leaves.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (((leaves[middle] as Leaf<V>).keys[0] as string) <= key) low = middle + 1
    else high = middle
  }
  return low - 1
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}
