import { Quantity } from '@kubets/apimachinery'

/** Amounts by resource name. */
export type ResourceList = ReadonlyMap<string, Quantity>
/** The same on the wire. */
export type QuantityTexts = Readonly<Record<string, string>>

export function parseList(texts: QuantityTexts | undefined): Map<string, Quantity> {
  return new Map(Object.entries(texts ?? {}).map(([name, text]) => [name, Quantity.parse(text)]))
}

export function formatList(list: ResourceList): Record<string, string> {
  return Object.fromEntries([...list].map(([name, quantity]) => [name, quantity.toString()]))
}

/** Adds `more` to `list`, in place. */
export function addTo(list: Map<string, Quantity>, more: ResourceList): void {
  for (const [name, quantity] of more) {
    const known = list.get(name)
    list.set(name, known === undefined ? quantity : known.add(quantity))
  }
}

export function addLists(a: ResourceList, b: ResourceList): Map<string, Quantity> {
  const sum = new Map(a)
  addTo(sum, b)
  return sum
}

/** Raises `list` to what is larger in `other`, in place. */
export function raiseTo(list: Map<string, Quantity>, other: ResourceList): void {
  for (const [name, quantity] of other) {
    const known = list.get(name)
    if (known === undefined || quantity.compare(known) > 0) list.set(name, quantity)
  }
}

export function maskList(list: ResourceList, names: Iterable<string>): Map<string, Quantity> {
  const kept = new Set(names)
  return new Map([...list].filter(([name]) => kept.has(name)))
}

/** The same names with the same amounts, however they are written. */
export function equalLists(a: ResourceList, b: ResourceList): boolean {
  if (a.size !== b.size) return false
  for (const [name, quantity] of a) {
    const other = b.get(name)
    if (other === undefined || other.compare(quantity) !== 0) return false
  }
  return true
}
