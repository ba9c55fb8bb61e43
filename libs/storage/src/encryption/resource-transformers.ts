import { nameOf } from './configuration/group-resource.ts'
import { identity } from './providers/identity.ts'
import type { GroupResource, Transformer } from './transformer.ts'

/** Which transformer a kind's values go through, from the most to the least special rule: itself, its group, everything. */
export class ResourceTransformers {
  #rules: ReadonlyMap<string, Transformer>
  /** What was looked up already. Kinds are few. */
  #known = new Map<string, Transformer>()

  constructor(rules: ReadonlyMap<string, Transformer> = new Map()) {
    this.#rules = rules
  }

  /** Nothing is encrypted. */
  get none(): boolean {
    return this.#rules.size === 0
  }

  /** From the next value on. */
  replace(rules: ReadonlyMap<string, Transformer>): void {
    this.#rules = rules
    this.#known = new Map()
  }

  /** `name` is {@link nameOf} the kind. */
  of(kind: GroupResource, name: string): Transformer {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const found =
      this.#rules.get(name) ??
      this.#rules.get(nameOf({ group: kind.group, resource: '*' })) ??
      this.#rules.get('*.*') ??
      identity
    this.#known.set(name, found)
    return found
  }
}

/** Which kind a key of the store belongs to; undefined for what is no object of the API. */
export type KindOfKey = (key: string) => (GroupResource & { name: string }) | undefined
