const lf = 10
/** Makes a letter a small one, and leaves digits and signs of header names as they are. */
const small = 0x20

/** Finds one header in heads that are much like each other: it looks first where it stood before. */
export class HeaderFinder {
  readonly #name: Buffer
  #before = 0

  constructor(name: string) {
    this.#name = Buffer.from(`${name}:`)
  }

  /** The index of its value in a head that ends at `end`; -1: it is not there. */
  find(bytes: Buffer, end: number): number {
    if (!this.#standsAt(bytes, this.#before, end)) {
      let at = bytes.indexOf(lf) + 1
      while (at < end && !this.#standsAt(bytes, at, end)) at = bytes.indexOf(lf, at) + 1
      if (at >= end) return -1
      this.#before = at
    }
    return this.#before + this.#name.length
  }

  #standsAt(bytes: Buffer, at: number, end: number): boolean {
    const name = this.#name
    if (bytes[at - 1] !== lf || at + name.length > end) return false
    for (let i = 0; i < name.length; i++) if (((bytes[at + i] as number) | small) !== name[i]) return false
    return true
  }
}
