import type { ResourceEntry } from '@kubets/api-types'

/** An answer's bytes, and where the digits of its resourceVersion stand in them. */
export interface Draft {
  readonly bytes: Buffer
  readonly at: number
}

/** So many are made in one turn of the loop. */
const most = 32

/** How many digits the last revision had that was told of a kind. */
const lastDigits = new WeakMap<ResourceEntry, number>()

/**
 * The answer to a write, made while the store commits it: until then there is nothing else to do for whoever writes alone, and little for a
 * crowd. All but the revision is known; the next one mostly has as many digits as the last one.
 */
export class AnswerAhead {
  readonly #entry: ResourceEntry
  readonly #digits: number
  #make: ((revision: number) => Draft | undefined) | undefined
  #draft: Draft | undefined

  /** `make`: for a revision of as many digits. Undefined or an error: the answer cannot be made ahead. */
  constructor(entry: ResourceEntry, make: (revision: number) => Draft | undefined) {
    this.#entry = entry
    this.#digits = lastDigits.get(entry) ?? 1
    this.#make = make
    waiting.push(this)
    // after what the store has to do in order to begin
    if (waiting.length === 1) setImmediate(makeSome)
  }

  /** The answer with its revision; undefined where it was not made, or for another one. */
  take(revision: number): Buffer | undefined {
    const draft = this.#draft
    this.drop()
    const digits = String(revision)
    if (digits.length !== this.#digits) {
      lastDigits.set(this.#entry, digits.length)
      return undefined
    }
    draft?.bytes.write(digits, draft.at, 'latin1')
    return draft?.bytes
  }

  /** Nothing was written, or not this. */
  drop(): void {
    this.#make = undefined
    this.#draft = undefined
  }

  made(): void {
    const make = this.#make
    this.#make = undefined
    try {
      this.#draft = make?.(10 ** (this.#digits - 1))
    } catch {
      // who answers then meets it again, and says so
    }
  }
}

const waiting: AnswerAhead[] = []

function makeSome(): void {
  for (const answer of waiting.splice(0, most)) answer.made()
  if (waiting.length > 0) setImmediate(makeSome)
}
