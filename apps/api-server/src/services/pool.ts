/** Things that are given out once each: addresses, ports. Who holds one is remembered, so that giving back twice cannot hurt. */
export class Pool<T> {
  readonly #owners = new Map<T, string>()

  /** False when somebody else holds it. */
  take(item: T, owner: string): boolean {
    const holder = this.#owners.get(item)
    if (holder !== undefined) return holder === owner
    this.#owners.set(item, owner)
    return true
  }

  release(item: T, owner: string): void {
    if (this.#owners.get(item) === owner) this.#owners.delete(item)
  }

  has(item: T): boolean {
    return this.#owners.has(item)
  }

  get size(): number {
    return this.#owners.size
  }
}
