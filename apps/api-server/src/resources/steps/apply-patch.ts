import type { ResourceEntry } from '@kubets/api-types'
import { ApiError, badRequest, decodeJson } from '@kubets/apimachinery'
import { JsonPatchError, jsonPatch, maxOperations } from '../../patches/json-patch.ts'
import { mergePatch } from '../../patches/merge-patch.ts'
import { StrategicPatchError, strategicMergePatch } from '../../patches/strategic-merge-patch.ts'
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
    if (value.length > maxOperations)
      throw new ApiError({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${value.length}`,
        reason: 'RequestEntityTooLarge',
        code: 413,
      })
    return value
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}')
  return value
}

/** The object after the patch; `object` is changed on the way, `body` is not. */
export function applyPatch(rest: Rest, entry: ResourceEntry, kind: PatchKind, object: unknown, body: unknown): unknown {
  // what is put into the object must not be shared with the next attempt
  const patch = structuredClone(body)
  try {
    if (kind === 'json') return jsonPatch(object, patch as object[])
    if (kind === 'merge') return mergePatch(object, patch)
    return strategicMergePatch(rest.schemas, entry.schema, object, patch)
  } catch (error) {
    if (error instanceof JsonPatchError) throw unprocessable(error.message)
    if (error instanceof StrategicPatchError) throw badRequest(error.message)
    throw error
  }
}

/** Upstream answers a JSON patch that does not apply with 422 and a general sentence; the cause tells which operation. */
function unprocessable(why: string): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server rejected our request due to an error in our request',
    reason: 'Invalid',
    details: { causes: [{ message: why }] },
    code: 422,
  })
}
