import { getOwn, isObject, type Json, type JsonObject, setOwn } from './own-property.ts'

/** RFC 7386: null removes, objects merge, all else replaces. Takes over the target, which is changed, and parts of the patch. */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result: JsonObject = isObject(target) ? target : {}
  for (const key of Object.keys(patch)) {
    const value = patch[key] as Json
    if (value === null) delete result[key]
    else setOwn(result, key, applyMergePatch(getOwn(result, key) ?? null, value))
  }
  return result
}
