import type { KeyValueStore, Revision } from '../key-value-store.ts'

/**
 * The store's revision for consistent reads, asked once for all who come while a question is under way. They wait for
 * the next question, not for the running one: its answer may be older than their request.
 */
export class RevisionSource {
  readonly #store: Pick<KeyValueStore, 'revision'>
  #running: Promise<Revision> | undefined
  #next: Promise<Revision> | undefined

  constructor(store: Pick<KeyValueStore, 'revision'>) {
    this.#store = store
  }

  ask(): Promise<Revision> {
    if (!this.#running) return this.#start()
    this.#next ??= this.#running.then(
      () => this.#startNext(),
      () => this.#startNext(),
    )
    return this.#next
  }

  #startNext(): Promise<Revision> {
    this.#next = undefined
    return this.#start()
  }

  #start(): Promise<Revision> {
    const asked = this.#store.revision()
    this.#running = asked
    const over = () => {
      if (this.#running === asked) this.#running = undefined
    }
    asked.then(over, over)
    return asked
  }
}
