import { type ApiError, encodeJson, field, goText, invalid, type Json, type JsonObject } from '@kubets/apimachinery'
import type { PatchKind } from './apply-patch.ts'

/**
 * 422 of a patch whose result is no object of the kind. Upstream shows the result of JSON and merge patches, and strategic patches themselves.
 * `result` makes what is shown, with managers: only who is refused pays for it.
 */
export function patchRefusal(kind: PatchKind, patch: () => Json, result: () => Json): (why: string) => ApiError {
  return reason => {
    const why = kind === 'strategic' ? converted(reason) : reason
    return invalid({ group: '', kind: '' }, '', [
      field.invalid(
        'patch',
        kind === 'strategic' ? goText(patch()) : withoutMarkup(printed(result(), touched(kind, patch()))),
        why,
      ),
    ])
  }
}

/** Go's encoder writes what HTML has a use for, and what JavaScript took for ends of lines, as escapes. */
const withoutMarkup = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A strategic patch's result is no text that is decoded, but converted: a list or an object where a text belongs is told otherwise. */
const converted = (reason: string): string =>
  reason.replace(
    /^json: cannot unmarshal (?:array|object) into .* of type (string|bool|int32|int64)$/,
    'unrecognized type: $1',
  )

/** What a patch goes into: a member for each object that it opens. Upstream's libraries write these with their members sorted. */
interface Touched {
  readonly [key: string]: Touched
}

function touched(kind: PatchKind, patch: Json): Touched {
  if (kind === 'merge') return mergeTouches(patch)
  const all: { [key: string]: Touched } = {}
  for (const operation of Array.isArray(patch) ? patch : []) {
    const { path, from } = operation as { path?: Json; from?: Json }
    for (const pointer of [path, from]) if (typeof pointer === 'string') open(all, pointer.split('/').slice(1, -1))
  }
  return all
}

function open(into: { [key: string]: Touched }, tokens: readonly string[]): void {
  let at = into
  for (const token of tokens) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!Object.hasOwn(at, key)) at[key] = Object.create(null)
    at = at[key] as { [key: string]: Touched }
  }
}

function mergeTouches(patch: Json): Touched {
  const all: { [key: string]: Touched } = Object.create(null)
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return all
  for (const [key, value] of Object.entries(patch as JsonObject))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) all[key] = mergeTouches(value)
  return all
}

function printed(value: Json, opened: Touched | undefined): string {
  if (opened === undefined || typeof value !== 'object' || value === null) return encodeJson(value)
  if (Array.isArray(value)) return `[${value.map((item, i) => printed(item, opened[String(i)])).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${printed(member, opened[key])}`).join(',')}}`
}
