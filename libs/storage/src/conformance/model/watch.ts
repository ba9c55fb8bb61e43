import { expect } from 'vitest'
import { CompactedError, type KeyValueStore, type Revision, type StoreEvent } from '../../key-value-store.ts'
import { type Model, plain } from './model.ts'

/** Milliseconds in which a watch has to show what happened. */
const patience = 10_000

/** A watch that runs beside the rest of its history and must have seen exactly what the model says when that ends. */
export class ModelWatch {
  readonly #model: Model
  readonly #from: Revision
  readonly #range: { start: string; end: string }
  readonly #stop = new AbortController()
  readonly #events: StoreEvent[] = []
  #watch: ReturnType<KeyValueStore['watch']> | undefined
  #reached: Revision = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined
  /** What came before it is not promised: a compaction at or above it was there first. */
  #promised: Revision

  private constructor(model: Model, from: Revision, range: { start: string; end: string }) {
    this.#model = model
    this.#from = from
    this.#range = range
    this.#promised = Math.max(from, model.compacted + 1)
  }

  /** Resolves when it has seen what was there, or was refused as it must be. */
  static async start(
    store: KeyValueStore,
    model: Model,
    from: Revision,
    range: { start: string; end: string },
  ): Promise<ModelWatch> {
    const watch = new ModelWatch(model, from, range)
    watch.#watch = store.watch({
      ...range,
      from,
      onEvents: (events, revision) => watch.#take(events, revision),
      onProgress: revision => {
        watch.#reached = Math.max(watch.#reached, revision)
        watch.#wake?.()
      },
      onEnd: error => {
        watch.#failure = error
        watch.#wake?.()
      },
      signal: watch.#stop.signal,
    })
    await watch.#caughtUp()
    return watch
  }

  async end(): Promise<void> {
    const { start, end } = this.#range
    await this.#caughtUp()
    if (!this.#failure) {
      const seen = this.#events.filter(event => event.modRevision >= this.#promised)
      const wanted = this.#model.changes.filter(
        ({ key, modRevision }) => key >= start && key < end && modRevision >= this.#promised,
      )
      expect(seen.map(event => ({ type: event.type, ...plain(event) }))).toEqual(
        wanted.map(change => ({ type: change.type, ...plain(change) })),
      )
    }
    this.#stop.abort()
  }

  #take(events: readonly StoreEvent[], revision: Revision): void {
    const last = this.#events.at(-1)
    if (last && events[0]) expect(events[0].modRevision, 'a revision is never split').toBeGreaterThan(last.modRevision)
    this.#events.push(...events)
    this.#reached = Math.max(this.#reached, revision)
    this.#wake?.()
  }

  async #caughtUp(): Promise<void> {
    const deadline = performance.now() + patience
    while (!this.#failure && this.#reached < this.#model.revision) {
      if (performance.now() > deadline)
        expect.fail(`a watch from ${this.#from} stays at ${this.#reached} and does not reach ${this.#model.revision}`)
      const woken = new Promise<void>(resolve => {
        this.#wake = resolve
      })
      this.#watch?.requestProgress()
      let timer: NodeJS.Timeout | undefined
      const again = new Promise<void>(resolve => {
        timer = setTimeout(resolve, 200)
      })
      await Promise.race([woken, again])
      clearTimeout(timer)
    }
    if (!this.#failure) return
    // it ends only when what it asked for was gone before it began
    expect(this.#failure).toBeInstanceOf(CompactedError)
    expect(this.#from).toBeLessThan(this.#promised)
    expect(this.#events).toEqual([])
  }
}
