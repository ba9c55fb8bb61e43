/** Two parts of a definition say the same. Unset, null and an empty list are one, but an empty object is not: `status: {}` means something. */
export function sameDefinition(a: unknown, b: unknown): boolean {
  if (a === b || (isUnset(a) && isUnset(b))) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => sameDefinition(item, b[index]))
  }
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
  for (const key of Object.keys(x))
    if (!sameDefinition(x[key], y[key]) && !areBothEmptyMaps(key, x[key], y[key])) return false
  for (const key of Object.keys(y)) {
    if (!Object.hasOwn(x, key) && !isUnset(y[key]) && !areBothEmptyMaps(key, undefined, y[key])) return false
  }
  return true
}

/** Of maps, as opposed to structs, an empty one is none. */
const maps = new Set(['properties', 'patternProperties', 'definitions', 'dependencies'])

const areBothEmptyMaps = (name: string, a: unknown, b: unknown): boolean =>
  maps.has(name) &&
  [a, b].every(map => isUnset(map) || (typeof map === 'object' && Object.keys(map as object).length === 0))

/** Go leaves zeros out, so a zero and nothing are one as well. */
const isUnset = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (Array.isArray(value) && value.length === 0)
