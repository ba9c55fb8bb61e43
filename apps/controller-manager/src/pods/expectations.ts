import type { Clock } from '@kubets/component'

/** As upstream: an event that never comes holds up its controller no longer. */
const timeout = 300_000

interface Expected {
  creations: number
  /** `namespace/name` of pods that were told to go. */
  deletions: Set<string>
  since: number
}

/**
 * What a controller has asked for and not yet seen in its informer: until it has, what it sees is old and it would ask for the
 * same again. No more entries than objects of the controller's kind.
 */
export class Expectations {
  readonly #clock: Clock
  readonly #expected = new Map<string, Expected>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  expectCreations(key: string, count: number): void {
    this.expect(key, count, [])
  }

  expectDeletions(key: string, pods: Iterable<string>): void {
    this.expect(key, 0, pods)
  }

  /** Both at once; what was expected before is forgotten. */
  expect(key: string, creations: number, deletions: Iterable<string>): void {
    this.#expected.set(key, { creations, deletions: new Set(deletions), since: this.#clock.now() })
  }

  creationObserved(key: string): void {
    const expected = this.#expected.get(key)
    if (expected !== undefined) expected.creations--
  }

  /** The same pod counts once, whether it is seen as being deleted, as gone, or both. */
  deletionObserved(key: string, pod: string): void {
    this.#expected.get(key)?.deletions.delete(pod)
  }

  forget(key: string): void {
    this.#expected.delete(key)
  }

  satisfied(key: string): boolean {
    const expected = this.#expected.get(key)
    if (expected === undefined) return true
    if (expected.creations <= 0 && expected.deletions.size === 0) return true
    return this.#clock.now() - expected.since > timeout
  }
}
