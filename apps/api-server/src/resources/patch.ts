import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { ApiError, badRequest, cloneJson, conflict, type Json, notFound } from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { groupVersion } from './group-version.ts'
import { guaranteedUpdate } from './guaranteed-update.ts'
import { respondWritten } from './respond-object.ts'
import { keyOf, type Rest, type Stored, type Verb } from './rest.ts'
import { applyPatch, type PatchKind, parsePatch } from './steps/apply-patch.ts'
import { checkFields } from './steps/check-fields.ts'
import { patchRefusal } from './steps/patch-refusal.ts'
import { maxBodyBytes } from './steps/read-body.ts'
import { applyUpdate, refuseBadRevision } from './update.ts'
import { type WriteOptions, writeOptions } from './write-options.ts'

const kinds: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
}

/** PATCH: JSON, merge and strategic merge. Without a resourceVersion in the patch it is applied again to what others wrote in between. */
export const patch: Verb = async (rest, context, entry) => {
  const { info, exchange } = context
  const options = writeOptions(info.query, 'PatchOptions')
  const kind = patchKind(exchange.headers['content-type'])
  const body = await exchange.readBody(maxBodyBytes)
  const wanted = parsePatch(kind, body)
  const outcome = await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, info.namespace, info.name),
    about: info,
    dryRun: options.dryRun,
    change: current => {
      if (current === undefined) throw notFound(info, info.name)
      const object = patched(rest, context, entry, current, kind, wanted, options)
      return applyUpdate(rest, context, entry, object, current, options)
    },
  })
  return respondWritten(rest, context, entry, 200, outcome.bytes, outcome.revision)
}

/** What kind of patch a body is. Throws 415 for what is none. */
export function patchKind(contentType: string | undefined): PatchKind {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const kind = kinds[type]
  // server-side apply needs managed fields, which are not kept yet: refused as an unknown format, so that clients fall back
  if (kind === undefined) throw notConsumed()
  return kind
}

/** 415 for a type that PATCH does not take: upstream's router says it, in its own way. */
function notConsumed(): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: '415: Unsupported Media Type',
    reason: 'UnsupportedMediaType',
    details: {},
    code: 415,
  })
}

export function patched(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  current: Stored,
  kind: PatchKind,
  body: Json,
  options: WriteOptions,
): KubeObject {
  const { info } = context
  // a patch speaks of the version that it is sent to
  const shown =
    entry.hub === undefined
      ? current.object
      : rest.codec.fromHub(entry, cloneJson(current.object as Json) as KubeObject)
  const result = applyPatch(rest, entry, kind, shown as Json, body)
  // a strategic patch is read into what is there: it cannot make another kind of it
  if (kind === 'strategic') Object.assign(result as KubeObject, { kind: entry.kind, apiVersion: groupVersion(entry) })
  const object = checkFields(
    rest,
    context,
    entry,
    { value: result, bytes: Buffer.alloc(0), members: undefined, duplicates: () => [] },
    options.fieldValidation,
    patchRefusal(kind, body, result),
  )
  const meta = object.metadata ?? {}
  if ((meta.name ?? '') !== info.name)
    throw badRequest(`the name of the object (${meta.name ?? ''}) does not match the name on the URL (${info.name})`)
  if (entry.namespaced && (meta.namespace ?? '') !== info.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  const present = current.object.metadata
  if ((meta.resourceVersion ?? '') !== '' && meta.resourceVersion !== present?.resourceVersion) {
    refuseBadRevision(meta.resourceVersion)
    throw conflict(info, info.name)
  }
  return rest.codec.toHub(entry, object)
}
