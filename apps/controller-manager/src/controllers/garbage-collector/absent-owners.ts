import { type Identity, textOf } from './identity.ts'

/** As upstream. The one that was put in longest ago makes room. */
const capacity = 500

/** Owners that the server was asked for and does not have: a thousand dependents of one need not ask a thousand times. */
export class AbsentOwners {
  readonly #known = new Set<string>()

  add(identity: Identity): void {
    const text = textOf(identity)
    this.#known.delete(text)
    this.#known.add(text)
    const [oldest] = this.#known
    if (this.#known.size > capacity && oldest !== undefined) this.#known.delete(oldest)
  }

  has(identity: Identity): boolean {
    return this.#known.has(textOf(identity))
  }
}
