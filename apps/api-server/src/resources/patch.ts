import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  ApiError,
  atOnce,
  badRequest,
  cloneJson,
  conflict,
  encodeJson,
  isAlreadyExists,
  type Json,
  notFound,
  type Steps,
} from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { largeObject } from '../handlers/request-turns.ts'
import { createObject } from './create.ts'
import { groupVersion } from './group-version.ts'
import { guaranteedUpdate, type Wanted } from './guaranteed-update.ts'
import { answerAhead, respondWritten } from './respond-object.ts'
import { keyOf, type Rest, type Stored, type Verb } from './rest.ts'
import { type ApplyBody, applyBody, readApplyBody } from './steps/apply-body.ts'
import { applyPatch, type PatchKind, parsePatch } from './steps/apply-patch.ts'
import { checkFields } from './steps/check-fields.ts'
import { bare, managersOf, setManagers, withPlainManagers } from './steps/managed-fields.ts'
import { patchRefusal } from './steps/patch-refusal.ts'
import { readBytes } from './steps/read-body.ts'
import { applyUpdate, checkName, refuseBadRevision } from './update.ts'
import { type WriteOptions, writeOptions } from './write-options.ts'

const kinds: Readonly<Record<string, PatchKind | 'apply'>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** A decoded body of a PATCH. */
export type PatchBody =
  | {
      readonly kind: PatchKind
      /** One's own: its parts become parts of the object. */
      readonly value: () => Json
      /** It may say something of `managedFields`; otherwise they need not go through the patch. */
      readonly namesManagers: boolean
    }
  | { readonly kind: 'apply'; readonly applied: ApplyBody }

const managersMember = Buffer.from('managedFields')

/** PATCH: JSON, merge, strategic merge and apply. Without a resourceVersion in the patch it is applied again to what others wrote in between. */
export const patch: Verb = async (rest, context, entry) => {
  const { info } = context
  const { body, options } = await readPatch(rest, context)
  if (context.bodyBytes >= largeObject) await rest.requests.enter()
  if (body.kind === 'apply') {
    // a part of an object never makes the object
    if (info.subresource === '' && (await createByApply(rest, context, entry, body.applied, options))) return
  }
  const outcome = await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, info.namespace, info.name),
    about: info,
    dryRun: options.dryRun,
    leavesSpec: info.subresource === 'status' && body.kind !== 'apply',
    async change(current): Promise<Wanted> {
      if (current === undefined) throw notFound(info, info.name)
      const object =
        body.kind === 'apply'
          ? await rest.requests.through(
              Math.max(context.bodyBytes, current.bytes.length),
              applied(rest, context, entry, current, body.applied, options),
            )
          : patched(rest, context, entry, current, body, options)
      if (current.bytes.length >= largeObject) await rest.requests.enter()
      const owners = body.kind === 'apply' ? 'settled' : 'to be tracked'
      return applyUpdate(rest, context, entry, object, current, options, owners)
    },
    ahead: (bytes, written) => answerAhead(rest, context, entry, bytes, written),
  })
  return respondWritten(rest, context, entry, 200, outcome.bytes, outcome.revision, outcome.object, outcome.ahead)
}

/** What a PATCH says and how. Throws 415 for formats that there are not. */
export async function readPatch(
  rest: Rest,
  context: RequestContext,
): Promise<{ body: PatchBody; options: WriteOptions }> {
  const { info, exchange } = context
  const type = (exchange.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const kind = kinds[type]
  if (kind === undefined) {
    // no way of this path, so nothing is said of it
    context.warnings = undefined
    throw notConsumed()
  }
  const options = writeOptions(info.query, 'PatchOptions', kind === 'apply' ? 'apply' : 'other')
  const bytes = await readBytes(rest, context)
  const body: PatchBody =
    kind === 'apply'
      ? { kind, applied: await readApplyBody(bytes) }
      : { kind, value: patchValues(kind, bytes), namesManagers: bytes.includes(managersMember) }
  if (context.audit?.wantsRequest === true)
    context.audit.patch(body.kind === 'apply' ? encodeJson(body.applied.config) : bytes.toString())
  return { body, options }
}

/** Who asks again, since somebody else wrote first or to say what is wrong, gets a value that is read anew. Throws 400 at once. */
function patchValues(kind: PatchKind, bytes: Buffer): () => Json {
  let first: Json | undefined = parsePatch(kind, bytes)
  return () => {
    const value = first ?? parsePatch(kind, bytes)
    first = undefined
    return value
  }
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

/** An apply makes what is not there yet. False: it is there. */
async function createByApply(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  body: ApplyBody,
  options: WriteOptions,
): Promise<boolean> {
  const { info } = context
  const key = keyOf(entry, info.namespace, info.name)
  if ((rest.cache.get(key) ?? (await rest.store.get(key)).kv) !== undefined) return false
  const object = await rest.requests.through(
    context.bodyBytes,
    applyBody(rest, context, entry, body, undefined, options),
  )
  const { uid = '', resourceVersion: _, ...metadata } = object.metadata ?? {}
  if (uid !== '')
    throw conflict(
      info,
      info.name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    )
  object.metadata = metadata
  checkName(entry, info, object)
  try {
    await createObject(rest, context, entry, object, options, 'settled')
    return true
  } catch (error) {
    // somebody else made it in the meantime: now it is an update
    if (isAlreadyExists(error)) return false
    throw error
  }
}

/** The object after an apply, in the stored version's form. */
function* applied(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  current: Stored,
  body: ApplyBody,
  options: WriteOptions,
): Steps<KubeObject> {
  const object = yield* applyBody(rest, context, entry, body, current.object, options)
  checkMeta(entry, context.info, object, current)
  return object
}

/** The object after the patch, in the stored version's form. */
export function patched(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  current: Stored,
  body: PatchBody,
  options: WriteOptions,
): KubeObject {
  if (body.kind === 'apply') return atOnce(applied(rest, context, entry, current, body.applied, options))
  const before = body.namesManagers ? withPlainManagers(current.object) : bare(current.object)
  const value = body.value()
  const { part, untouched } = statusPart(entry, context.info.subresource, body.kind, value, before)
  // a patch speaks of the version that it is sent to
  const shown = entry.hub === undefined ? part : rest.codec.fromHub(entry, cloneJson(part as Json) as KubeObject)
  const result = applyPatch(rest, entry, body.kind, shown as Json, value)
  // a strategic patch is read into what is there: it cannot make another kind of it
  if (body.kind === 'strategic')
    Object.assign(result as KubeObject, { kind: entry.kind, apiVersion: groupVersion(entry) })
  const object = checkFields(
    rest,
    context,
    entry,
    { value: result, bytes: Buffer.alloc(0), format: 'JSON' },
    options.fieldValidation,
    patchRefusal(body.kind, body.value, () =>
      applyPatch(rest, entry, body.kind, whole(rest, entry, current), body.value()),
    ),
  )
  if (untouched !== undefined) Object.assign(object, untouched)
  checkMeta(entry, context.info, object, current)
  const stored = rest.codec.toHub(entry, object)
  if (!body.namesManagers) setManagers(stored, managersOf(current.object))
  return stored
}

/**
 * A patch of `/status` that names nothing else leaves the other parts as they were decoded and checked: they are not copied, patched and
 * checked again. Strategies take them from the stored object anyway, so nothing after this changes them in place; members of metadata are set, in an
 * object of their own.
 */
function statusPart(
  entry: ResourceEntry,
  subresource: string,
  kind: PatchKind,
  patch: Json,
  object: KubeObject,
): { part: KubeObject; untouched: object | undefined } {
  if (subresource !== 'status' || entry.hub !== undefined || kind === 'json')
    return { part: object, untouched: undefined }
  for (const name in patch as object) if (!statusMembers.has(name)) return { part: object, untouched: undefined }
  const part: Record<string, unknown> = {}
  const untouched: Record<string, unknown> = {}
  const members = object as unknown as Record<string, unknown>
  const speaksOfMetadata = Object.hasOwn(patch as object, 'metadata')
  for (const name in members)
    if (name === 'metadata' && !speaksOfMetadata) untouched[name] = { ...object.metadata }
    else (statusMembers.has(name) ? part : untouched)[name] = members[name]
  return { part: part as KubeObject, untouched }
}

const statusMembers: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'metadata', 'status'])

/** The object as a client that reads it gets it: upstream's order of members, managers, version. */
const whole = (rest: Rest, entry: ResourceEntry, current: Stored): Json =>
  JSON.parse(
    rest.codec
      .print(entry, rest.codec.fromHub(entry, cloneJson(withPlainManagers(current.object) as Json) as KubeObject))
      .toString('utf8'),
  )

/** What a patch may not change, and what it may ask for. */
function checkMeta(entry: ResourceEntry, info: RequestContext['info'], object: KubeObject, current: Stored): void {
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
}
