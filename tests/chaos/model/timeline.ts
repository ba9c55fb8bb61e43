import type { Version } from './history.ts'

/** From one position to another, both inclusive. Position n is the state after the first n versions. */
export type Span = readonly [from: number, to: number]

/** The store's states in order. All keys share it, as they share the revision. */
export class Timeline {
  readonly versions: readonly Version[]
  readonly #byKey = new Map<string, { version: Version; position: number }[]>()
  readonly #byRevision = new Map<string, number>()

  constructor(versions: readonly Version[]) {
    this.versions = versions
    for (const [i, version] of versions.entries()) {
      const position = i + 1
      const line = this.#byKey.get(version.key)
      if (line === undefined) this.#byKey.set(version.key, [{ version, position }])
      else line.push({ version, position })
      this.#byRevision.set(`${version.key}@${version.revision}`, position)
    }
  }

  /** Where this very version was written; undefined: nowhere. */
  positionOf(key: string, revision: number): number | undefined {
    return this.#byRevision.get(`${key}@${revision}`)
  }

  /** The last position at or before a revision. */
  positionAt(revision: number): number {
    let low = 0
    let high = this.versions.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.versions[middle]?.revision ?? 0) <= revision) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The state of a key before a position; undefined: it was not there. */
  before(key: string, position: number): Version | undefined {
    let found: Version | undefined
    for (const entry of this.#byKey.get(key) ?? []) {
      if (entry.position >= position) break
      found = entry.version
    }
    return found?.mark === undefined ? undefined : found
  }

  /** What follows a version of a key. */
  next(key: string, revision: number): { version: Version; position: number } | undefined {
    return this.#byKey.get(key)?.find(({ version }) => version.revision > revision)
  }

  /** When a key was in a state that `fits` (undefined: it was not there). */
  spans(key: string, fits: (state: Version | undefined) => boolean): Span[] {
    const line = this.#byKey.get(key) ?? []
    const spans: Span[] = []
    let from = 0
    let state: Version | undefined
    for (const { version, position } of [...line, { version: undefined, position: this.versions.length + 1 }]) {
      if (position > from && fits(state)) spans.push([from, position - 1])
      from = position
      state = version?.mark === undefined ? undefined : version
    }
    return spans
  }

  /** Everything that stands at a position. */
  stateAt(position: number): Map<string, Version> {
    const state = new Map<string, Version>()
    for (const version of this.versions.slice(0, position)) {
      if (version.mark === undefined) state.delete(version.key)
      else state.set(version.key, version)
    }
    return state
  }
}
