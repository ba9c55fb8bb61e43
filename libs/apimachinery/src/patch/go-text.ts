import type { Json } from './own-property.ts'

/** A value as Go's `%v` prints it: `map[data:map[a:b] x:1]`. */
export function goText(value: Json): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${members.map(([key, member]) => `${key}:${goText(member as Json)}`).join(' ')}]`
}
