import type { ResourceEntry } from '@kubets/api-types'
import { groupVersion } from './encodings.ts'

/** What was done with each kind, in which form. */
export class Coverage {
  readonly #done = new Map<string, Set<string>>()

  add(entry: ResourceEntry, verb: string, form: string): void {
    const key = this.#key(entry)
    let done = this.#done.get(key)
    if (done === undefined) {
      done = new Set()
      this.#done.set(key, done)
    }
    done.add(`${verb} ${form}`)
  }

  has(entry: ResourceEntry, verb: string, form: string): boolean {
    return this.#done.get(this.#key(entry))?.has(`${verb} ${form}`) ?? false
  }

  /** One line a kind: its verbs with their forms. */
  toString(): string {
    return [...this.#done]
      .map(([key, done]) => {
        const byVerb = Map.groupBy(
          [...done].map(one => one.split(' ', 2) as [string, string]),
          ([verb]) => verb,
        )
        const verbs = [...byVerb].map(([verb, forms]) => `${verb} (${forms.map(([, form]) => form).join(', ')})`)
        return `${key}: ${verbs.join('; ')}`
      })
      .sort()
      .join('\n')
  }

  #key(entry: ResourceEntry): string {
    return `${groupVersion(entry)} ${entry.resource}`
  }
}
