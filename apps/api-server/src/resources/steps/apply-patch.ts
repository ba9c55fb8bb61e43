import type { ResourceEntry } from '@kubets/api-types'
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  cloneJson,
  decodeJson,
  type Json,
  type JsonObject,
} from '@kubets/apimachinery'
import type { Rest } from '../rest.ts'

export type PatchKind = 'json' | 'merge' | 'strategic'

/** Decodes a patch. Throws 400 in upstream's words. */
export function parsePatch(kind: PatchKind, body: Buffer): Json {
  let value: Json
  try {
    value = decodeJson(body).value
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`)
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (kind !== 'json' && !isMap)
    throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}')
  return value
}

/** The object after the patch. Neither of the two is changed, and the result shares nothing with them: it will be defaulted in place. */
export function applyPatch(rest: Rest, entry: ResourceEntry, kind: PatchKind, object: Json, patch: Json): Json {
  if (kind === 'json') return applyJsonPatch(object, patch)
  const before = cloneJson(object)
  const change = cloneJson(patch)
  if (kind === 'merge') return applyMergePatch(before, change)
  return applyStrategicMergePatch(before as JsonObject, change as JsonObject, rest.schemas.get(entry.schema).patch)
}
