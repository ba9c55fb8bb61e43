interface Stretch {
  readonly start: number
  readonly end: number
}

/** Where records stand in a file of some length that is written round and round, each in one piece. */
export class Ring {
  readonly #length: number
  /** Those that are still needed, oldest first. */
  readonly #taken: Stretch[] = []

  constructor(length: number) {
    this.#length = length
  }

  /** Bytes from the oldest record that is needed to the newest one's end, and what was left out behind the last one of the file. */
  get used(): number {
    const first = this.#taken[0]
    const last = this.#taken.at(-1)
    if (first === undefined || last === undefined) return 0
    return last.start < first.start ? this.#length - first.start + last.end : last.end - first.start
  }

  /** Where a record of so many bytes begins; nothing where it would stand on one that is needed. */
  take(bytes: number): number | undefined {
    const start = this.#place(bytes)
    if (start !== undefined) this.#taken.push({ start, end: start + bytes })
    return start
  }

  /** The oldest ones are needed no longer. */
  free(count: number): void {
    this.#taken.splice(0, count)
  }

  #place(bytes: number): number | undefined {
    const first = this.#taken[0]
    const last = this.#taken.at(-1)
    if (first === undefined || last === undefined) return bytes <= this.#length ? 0 : undefined
    if (last.start < first.start) return last.end + bytes <= first.start ? last.end : undefined
    if (last.end + bytes <= this.#length) return last.end
    return bytes <= first.start ? 0 : undefined
  }
}
