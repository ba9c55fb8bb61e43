/**
 * Values by their texts, those used lately, at most `most`. Two generations: when the young one is half of that, it becomes the old one, whose values come
 * back as they are asked for, and the old one goes as a whole. Nothing is deleted from a map: V8 would keep the tables that a map has outgrown, and all
 * that stood in them, until the next full collection.
 */
export class RecentlyUsed<V> {
  readonly #half: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  constructor(most: number) {
    this.#half = most >> 1
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(text: string): V | undefined {
    const value = this.#young.get(text)
    if (value !== undefined) return value
    const older = this.#old.get(text)
    if (older !== undefined) this.set(text, older)
    return older
  }

  set(text: string, value: V): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(text, value)
  }
}
