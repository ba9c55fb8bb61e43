import { equal, type UnorderedList } from '../evaluate/compare.ts'
import { type Failure, StructValue, type Value } from '../evaluate/values.ts'
import type { JoinedList } from '../functions/arithmetic.ts'
import { escapeName } from './escape-name.ts'

/** What a list's declaration says of its items: none is there twice, or that they are told apart by the values of some fields. */
export type ListOrder = 'set' | readonly string[]

/** The list as its declaration wants it compared (in any order) and joined (what is there already is not added, or replaced). */
export function orderedAs(order: ListOrder | undefined, values: readonly Value[]): readonly Value[] {
  if (order === undefined) return values
  return order === 'set' ? SetList.from(values) : new KeyedList(values, order)
}

abstract class DeclaredList extends Array<Value> implements UnorderedList, JoinedList {
  // what `map` and its like make of it is a plain list
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
  abstract equalsUnordered(other: readonly Value[]): boolean
  abstract joined(other: readonly Value[]): readonly Value[]
}

/** Scalars; undefined: one that nothing is told apart by. */
const keyOf = (value: Value | undefined | Failure): string =>
  value === undefined || value === null || typeof value === 'object' ? 'none' : `${typeof value} ${value}`

class SetList extends DeclaredList {
  static override from(values: readonly Value[]): SetList {
    const list = new SetList()
    for (const value of values) list.push(value)
    return list
  }

  override equalsUnordered(other: readonly Value[]): boolean {
    const known = new Set(this.map(keyOf))
    return other.every(value => known.has(keyOf(value)))
  }

  override joined(other: readonly Value[]): readonly Value[] {
    const known = new Set(this.map(keyOf))
    const added: Value[] = []
    for (const value of other) {
      const key = keyOf(value)
      if (known.has(key)) continue
      known.add(key)
      added.push(value)
    }
    return SetList.from([...this, ...added])
  }
}

class KeyedList extends DeclaredList {
  readonly #names: readonly string[]

  constructor(values: readonly Value[], names: readonly string[]) {
    super()
    for (const value of values) this.push(value)
    this.#names = names
  }

  #keyOf(item: Value): string {
    // as upstream: a field whose name expressions write in another way tells nothing apart
    const of = (name: string) =>
      keyOf(item instanceof StructValue && escapeName(name) === name ? item.get(name) : undefined)
    return this.#names.map(of).join('\0')
  }

  override equalsUnordered(other: readonly Value[]): boolean {
    const mine = new Map(this.map(item => [this.#keyOf(item), item]))
    return other.every(item => {
      const same = mine.get(this.#keyOf(item))
      return same !== undefined && equal(same, item)
    })
  }

  override joined(other: readonly Value[]): readonly Value[] {
    const joined = [...this]
    const places = new Map(joined.map((item, index) => [this.#keyOf(item), index]))
    for (const item of other) joined[places.get(this.#keyOf(item)) ?? joined.length] = item
    return new KeyedList(joined, this.#names)
  }
}
