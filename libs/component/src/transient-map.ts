/** Deletions after which the table is made anew, at least. */
const minDeletions = 256

/**
 * A map of what comes and goes with every request. V8's own keeps alive what was deleted from it until the next full collection: when its table is full of
 * holes it makes a new one, and the old table, which has long grown old, points to the new one, which points to the next, each with the entries that
 * stood in it. All that hangs on a request then survives collection after collection, which is most of what these cost. So the map is copied now
 * and then into one that nothing old points to.
 */
export class TransientMap<K, V> {
  #map = new Map<K, V>()
  #deletions = 0

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  set(key: K, value: V): void {
    this.#map.set(key, value)
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false
    if (++this.#deletions >= Math.max(minDeletions, this.#map.size)) {
      this.#deletions = 0
      this.#map = new Map(this.#map)
    }
    return true
  }

  clear(): void {
    this.#deletions = 0
    this.#map = new Map()
  }

  /** In the order in which they came; what is deleted meanwhile may still be told. */
  keys(): Iterable<K> {
    return this.#map.keys()
  }
}
