/** A set of completion indexes as the API writes it: `1,3-5,7`. Immutable. */
export class Indexes {
  readonly #set: ReadonlySet<number>

  constructor(indexes: Iterable<number> = []) {
    this.#set = new Set(indexes)
  }

  /** What does not fit is left out: somebody may have written it. Nothing from `completions` on. */
  static parse(text: string | undefined, completions: number): Indexes {
    const found = new Set<number>()
    for (const part of (text ?? '').split(',')) {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part)
      if (match === null) continue
      const first = Number(match[1])
      if (first >= completions) break
      const last = Math.min(match[2] === undefined ? first : Number(match[2]), completions - 1)
      for (let index = first; index <= last; index++) found.add(index)
    }
    return new Indexes(found)
  }

  get size(): number {
    return this.#set.size
  }

  has(index: number): boolean {
    return this.#set.has(index)
  }

  with(more: Iterable<number>): Indexes {
    return new Indexes([...this.#set, ...more])
  }

  [Symbol.iterator](): Iterator<number> {
    return this.#set.values()
  }

  toString(): string {
    const sorted = [...this.#set].sort((a, b) => a - b)
    const parts: string[] = []
    for (let i = 0; i < sorted.length; ) {
      const first = sorted[i] as number
      let last = first
      while (sorted[i + 1] === last + 1) last = sorted[++i] as number
      i++
      // two in a row are written one by one, as upstream does
      if (last === first) parts.push(`${first}`)
      else parts.push(last === first + 1 ? `${first},${last}` : `${first}-${last}`)
    }
    return parts.join(',')
  }
}

/** The first `count` indexes below `completions` that are in none of the sets. */
export function pendingIndexes(count: number, completions: number, taken: readonly Indexes[]): number[] {
  const found: number[] = []
  for (let index = 0; index < completions && found.length < count; index++)
    if (!taken.some(set => set.has(index))) found.push(index)
  return found
}
