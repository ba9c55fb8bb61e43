import type { Stretch } from './contract.ts'
import type { StoredEntry } from './entry.ts'
import { type FormCache, formOf } from './form-cache.ts'
import type { Leaf, LeafPart } from './ordered-map.ts'
import type { PassingForms } from './passing-forms.ts'

/** Where forms of stretches are kept. */
export interface StretchForms {
  readonly lasting: FormCache
  readonly passing: PassingForms
}

/** A part of a leaf, as readers see it. Forms are told apart by where they begin and end in the leaf. */
export class LeafStretch implements Stretch {
  readonly entries: readonly StoredEntry[]
  readonly #leaf: Leaf<StoredEntry>
  readonly #from: number
  readonly #forms: StretchForms

  constructor({ leaf, from, to }: LeafPart<StoredEntry>, forms: StretchForms) {
    this.entries = from === 0 && to === leaf.values.length ? leaf.values : leaf.values.slice(from, to)
    this.#leaf = leaf
    this.#from = from
    this.#forms = forms
  }

  get identity(): object {
    return this.#leaf
  }

  first(count: number): Stretch {
    const to = this.#from + Math.min(count, this.entries.length)
    return new LeafStretch({ leaf: this.#leaf, from: this.#from, to }, this.#forms)
  }

  form(name: string): Uint8Array | undefined {
    if (this.#leaf.forms === undefined) return undefined
    this.#forms.passing.used()
    return formOf(this.#leaf, this.#named(name))?.bytes
  }

  keep(name: string, made: Uint8Array, how: 'lasting' | 'passing' = 'lasting'): Uint8Array {
    return this.#forms[how].keep(this.#leaf, this.#named(name), made)
  }

  #named(name: string): string {
    return `${name} ${this.#from}+${this.entries.length}`
  }
}
