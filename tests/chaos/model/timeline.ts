import type { Version } from './history.ts'

interface Entry {
  readonly version: Version
  readonly position: number
}

/**
 * The store's states in order. All keys share it, as they share the revision. Position n is the state after the first n versions.
 * Every question is answered by a search: a history of a million versions is asked about as often.
 */
export class Timeline {
  readonly versions: readonly Version[]
  readonly #byKey = new Map<string, Entry[]>()

  constructor(versions: readonly Version[]) {
    this.versions = versions
    for (const [i, version] of versions.entries()) {
      const entry = { version, position: i + 1 }
      const line = this.#byKey.get(version.key)
      if (line === undefined) this.#byKey.set(version.key, [entry])
      else line.push(entry)
    }
  }

  /** Where this very version was written; undefined: nowhere. */
  positionOf(key: string, revision: number): number | undefined {
    const line = this.#byKey.get(key) ?? []
    const entry = line[countWhile(line, ({ version }) => version.revision < revision)]
    return entry?.version.revision === revision ? entry.position : undefined
  }

  /** The last position at or before a revision. */
  positionAt(revision: number): number {
    return countWhile(this.versions, version => version.revision <= revision)
  }

  /** The state of a key before a position; undefined: it was not there. */
  before(key: string, position: number): Version | undefined {
    const line = this.#byKey.get(key) ?? []
    return stateOf(line[countWhile(line, entry => entry.position < position) - 1])
  }

  /** What follows a version of a key. */
  next(key: string, revision: number): Entry | undefined {
    const line = this.#byKey.get(key) ?? []
    return line[countWhile(line, ({ version }) => version.revision <= revision)]
  }

  /** The first position, from one on, at which the state of a key `fits` (undefined: it is not there). */
  first(key: string, from: number, fits: (state: Version | undefined) => boolean): number | undefined {
    const line = this.#byKey.get(key) ?? []
    const next = countWhile(line, ({ position }) => position <= from)
    if (fits(stateOf(line[next - 1]))) return from
    for (let i = next; i < line.length; i++) if (fits(stateOf(line[i]))) return line[i]?.position
    return undefined
  }

  /** Everything that stands at a position. */
  stateAt(position: number): Map<string, Version> {
    const state = new Map<string, Version>()
    for (const key of this.#byKey.keys()) {
      const version = this.before(key, position + 1)
      if (version !== undefined) state.set(key, version)
    }
    return state
  }
}

function stateOf(entry: Entry | undefined): Version | undefined {
  return entry?.version.mark === undefined ? undefined : entry.version
}

/** How many items at the beginning of a sorted list are so. */
function countWhile<T>(list: readonly T[], so: (item: T) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (so(list[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}
