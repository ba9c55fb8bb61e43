import { type ApiError, encodeJson, field, invalid, type Json } from '@kubets/apimachinery'
import type { PatchKind } from './apply-patch.ts'

/** 422 of a patch whose result is no object of the kind. Upstream shows the result of JSON and merge patches, and strategic patches themselves. */
export function patchRefusal(kind: PatchKind, patch: Json, result: Json): (why: string) => ApiError {
  return why =>
    invalid({ group: '', kind: '' }, '', [
      field.invalid('patch', kind === 'strategic' ? goText(patch) : sortedJson(result), why),
    ])
}

function sortedJson(value: Json): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return encodeJson(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${encodeJson(member)}`).join(',')}}`
}

/** A value as Go's `%v` prints it: `map[data:map[a:b] x:1]`. */
function goText(value: Json): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${members.map(([key, member]) => `${key}:${goText(member as Json)}`).join(' ')}]`
}
