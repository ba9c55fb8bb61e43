export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Assigns a member. `__proto__` is a name like any other: plain assignment would change the prototype instead. */
export function setOwn(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else object[key] = value
}

/** A member of the object itself, never one that it inherits. */
export const getOwn = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** A deep copy. Cheaper than `structuredClone` for what JSON can hold. */
export function cloneJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(cloneJson)
  // what knows its own JSON (`FieldsV1`) never changes, and is shared
  if (typeof value.toJSON === 'function') return value
  // copied whole and then gone through: member by member an object grows slowly
  const copy: JsonObject = { ...value }
  for (const key in copy) {
    const member = copy[key] as Json
    if (typeof member === 'object' && member !== null) setOwn(copy, key, cloneJson(member))
  }
  return copy
}

/** Whether two JSON values are the same; the order of members does not count. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i] as Json))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(key => Object.hasOwn(b, key) && sameJson(a[key] as Json, b[key] as Json))
}
