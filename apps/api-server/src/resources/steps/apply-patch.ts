import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'
import type { Rest } from '../rest.ts'

export type PatchKind = 'json' | 'merge' | 'strategic'

/** Decodes a patch. Throws 400 in upstream's words. */
export function parsePatch(kind: PatchKind, body: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
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

/** The object after the patch; `object` may be changed on the way. */
export function applyPatch(
  _rest: Rest,
  _entry: ResourceEntry,
  _kind: PatchKind,
  _object: KubeObject,
  _body: unknown,
): unknown {
  throw new Error('PLACEHOLDER')
}
