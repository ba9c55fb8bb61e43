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
  jsonType,
} from '@kubets/apimachinery'
import type { Rest } from '../rest.ts'
import { rawMembersOf } from './raw-members.ts'

export type PatchKind = 'json' | 'merge' | 'strategic'

/** Decodes a patch. Throws 400 in upstream's words. */
export function parsePatch(kind: PatchKind, body: Buffer): Json {
  let value: Json
  try {
    value = decodeJson(body).value
  } catch (error) {
    throw badRequest(prefix(kind) + (error as Error).message)
  }
  if (kind === 'json') return value
  if (value === null) {
    if (kind === 'merge') throw badRequest('Invalid JSON Patch')
    return {}
  }
  if (typeof value !== 'object' || Array.isArray(value))
    throw badRequest(
      `${prefix(kind)}json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`,
    )
  return value
}

const prefix = (kind: PatchKind) => (kind === 'strategic' ? '' : 'error decoding patch: ')

/** The object after the patch. It is not changed itself, and shares nothing with the result, which will be defaulted in place; the result takes parts of the patch. */
export function applyPatch(rest: Rest, entry: ResourceEntry, kind: PatchKind, object: Json, patch: Json): Json {
  if (kind === 'json') return applyJsonPatch(object, patch)
  const before = cloneJson(object)
  const raw = rawMembersOf(rest.schemas)
  if (kind === 'merge') return raw.sorted(entry.schema, applyMergePatch(before, patch), patch)
  const { patch: schema } = rest.schemas.get(entry.schema)
  return raw.sorted(entry.schema, applyStrategicMergePatch(before as JsonObject, patch as JsonObject, schema))
}
