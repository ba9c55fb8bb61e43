import type { ResourceEntry } from '@kubets/api-types'
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  decodeJson,
  type Json,
  type JsonObject,
} from '@kubets/apimachinery'
import type { Rest } from '../rest.ts'

export type PatchKind = 'json' | 'merge' | 'strategic'

/** Decodes a patch. Throws 400 in upstream's words. */
export function parsePatch(kind: PatchKind, body: Buffer): unknown {
  let value: unknown
  try {
    value = decodeJson(body).value
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`)
  }
  if (kind === 'json') {
    if (!Array.isArray(value))
      throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
    return value
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}')
  return value
}

/** The object after the patch; neither `object` nor `body` is changed, nor shared with the result's next life. */
export function applyPatch(rest: Rest, entry: ResourceEntry, kind: PatchKind, object: unknown, body: unknown): unknown {
  const patch = structuredClone(body) as Json
  if (kind === 'json') return applyJsonPatch(object as Json, patch)
  if (kind === 'merge') return applyMergePatch(object as Json, patch)
  return applyStrategicMergePatch(object as JsonObject, patch as JsonObject, rest.schemas.get(entry.schema).patch)
}
