import type { ObjectKey } from '../contract.ts'

/** `namespace/name`, or the name alone where there is no namespace. */
export type CacheKey = string

export function cacheKey(key: ObjectKey): CacheKey {
  return key.namespace ? `${key.namespace}/${key.name}` : key.name
}

/** Computes what an object is found under. Nothing and an empty list leave it out of the index. */
export type IndexFunction<P> = (object: P) => string | readonly string[] | undefined

/** Reads of what an informer holds. The objects are shared: nobody may change them. */
export interface Lister<P> {
  get(key: ObjectKey): P | undefined
  list(): IterableIterator<P>
  /** Objects for which the index function of that name gave `value`. Throws for an index that was not declared. */
  byIndex(name: string, value: string): P[]
  readonly size: number
}

interface Entry<P> {
  object: P
  resourceVersion: string
}

/** An informer's objects and their indexes. Grows with what the server holds: choose selectors and `project` for it. */
export class Store<P> implements Lister<P> {
  readonly #entries = new Map<CacheKey, Entry<P>>()
  readonly #indexes: { of: IndexFunction<P>; name: string; keys: Map<string, Set<CacheKey>> }[]

  constructor(indexes: Readonly<Record<string, IndexFunction<P>>> = {}) {
    this.#indexes = Object.entries(indexes).map(([name, of]) => ({ name, of, keys: new Map() }))
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: ObjectKey): P | undefined {
    return this.#entries.get(cacheKey(key))?.object
  }

  *list(): IterableIterator<P> {
    for (const { object } of this.#entries.values()) yield object
  }

  byIndex(name: string, value: string): P[] {
    const index = this.#indexes.find(candidate => candidate.name === name)
    if (index === undefined) throw new RangeError(`Index with name ${name} does not exist`)
    const found: P[] = []
    for (const key of index.keys.get(value) ?? []) {
      const entry = this.#entries.get(key)
      if (entry !== undefined) found.push(entry.object)
    }
    return found
  }

  keys(): IterableIterator<CacheKey> {
    return this.#entries.keys()
  }

  at(key: CacheKey): Readonly<Entry<P>> | undefined {
    return this.#entries.get(key)
  }

  set(key: CacheKey, object: P, resourceVersion: string): void {
    const old = this.#entries.get(key)
    if (old !== undefined) this.#unindex(key, old.object)
    this.#entries.set(key, { object, resourceVersion })
    for (const { of, keys } of this.#indexes)
      for (const value of values(of(object))) {
        const set = keys.get(value)
        if (set === undefined) keys.set(value, new Set([key]))
        else set.add(key)
      }
  }

  delete(key: CacheKey): void {
    const old = this.#entries.get(key)
    if (old === undefined) return
    this.#unindex(key, old.object)
    this.#entries.delete(key)
  }

  #unindex(key: CacheKey, object: P): void {
    for (const { of, keys } of this.#indexes)
      for (const value of values(of(object))) {
        const set = keys.get(value)
        set?.delete(key)
        if (set?.size === 0) keys.delete(value)
      }
  }
}

function values(found: string | readonly string[] | undefined): readonly string[] {
  return found === undefined ? [] : typeof found === 'string' ? [found] : found
}
