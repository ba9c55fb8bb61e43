import type { JsonSchema } from '../json-schema.ts'

/** Finds the item with the same keys among those of a list of type `map`; in other lists nothing is found. */
export function keyedItems(schema: JsonSchema, items: readonly unknown[]): (item: unknown) => unknown {
  const names = schema['x-kubernetes-list-map-keys'] ?? []
  if (schema['x-kubernetes-list-type'] !== 'map' || names.length === 0 || items.length === 0) return () => undefined
  const known = new Map<string, unknown>()
  for (const item of items) {
    const key = keyOf(item, names)
    if (key !== undefined && !known.has(key)) known.set(key, item)
  }
  return item => {
    const key = keyOf(item, names)
    return key === undefined ? undefined : known.get(key)
  }
}

/** Undefined: a key is not there, or is no scalar. */
function keyOf(item: unknown, names: readonly string[]): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  let key = ''
  for (const name of names) {
    const value = Object.hasOwn(item, name) ? (item as Record<string, unknown>)[name] : undefined
    if (value === undefined || value === null || typeof value === 'object') return undefined
    key += `${typeof value} ${value}\0`
  }
  return key
}
