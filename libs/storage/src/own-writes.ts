import { TransientMap } from '@kubets/component'

/** Writes whose event has not come yet; beyond it the oldest is forgotten, and opened like any other. */
const maxWrites = 1_024

/**
 * Plaintexts of what we sealed ourselves until the watch brings it back: it need not be opened, and who keeps facts of the very bytes that it
 * wrote finds them again.
 */
export class OwnWrites {
  /** In the order in which they were written. */
  readonly #byKey = new TransientMap<string, { sealed: Uint8Array; plain: Uint8Array }>()

  wrote(key: string, sealed: Uint8Array, plain: Uint8Array): void {
    this.#byKey.delete(key)
    if (this.#byKey.size >= maxWrites) {
      const [oldest] = this.#byKey.keys()
      this.#byKey.delete(oldest as string)
    }
    this.#byKey.set(key, { sealed, plain })
  }

  /** The store did not take it: no event will come. */
  refused(key: string, sealed: Uint8Array): void {
    if (this.#byKey.get(key)?.sealed === sealed) this.#byKey.delete(key)
  }

  /** The plaintext, if this is what we wrote last; the watch asks for it once. */
  take(key: string, value: Uint8Array): Uint8Array | undefined {
    const plain = this.peek(key, value)
    if (plain !== undefined) this.#byKey.delete(key)
    return plain
  }

  /** The same for who comes before the watch. */
  peek(key: string, value: Uint8Array): Uint8Array | undefined {
    const own = this.#byKey.get(key)
    if (own === undefined) return undefined
    return own.sealed === value || Buffer.compare(own.sealed, value) === 0 ? own.plain : undefined
  }
}
