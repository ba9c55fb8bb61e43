/**
 * Forgets lists without items. Upstream stores these kinds as protobuf, which does not tell an empty list from none: what is always written out
 * reads `null` afterwards.
 */
export function dropEmptyLists<T extends object>(object: T, ...names: (keyof T)[]): void {
  for (const name of names) {
    const value = object[name]
    if (Array.isArray(value) && value.length === 0) delete object[name]
  }
}
