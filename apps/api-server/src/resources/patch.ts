import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  badRequest,
  conflict,
  isAlreadyExists,
  type Json,
  notFound,
  preconditionFailed,
  unsupportedMediaType,
} from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { createObject } from './create.ts'
import { guaranteedUpdate, type Wanted } from './guaranteed-update.ts'
import { respondWritten } from './respond-object.ts'
import { keyOf, type Rest, type Stored, type Verb } from './rest.ts'
import { type ApplyBody, applyBody, readApplyBody } from './steps/apply-body.ts'
import { applyPatch, type PatchKind, parsePatch } from './steps/apply-patch.ts'
import { checkFields } from './steps/check-fields.ts'
import { bare, managersOf, setManagers, withPlainManagers } from './steps/managed-fields.ts'
import { maxBodyBytes } from './steps/read-body.ts'
import { applyUpdate, checkName } from './update.ts'
import { type WriteOptions, writeOptions } from './write-options.ts'

const applyType = 'application/apply-patch+yaml'
const kinds: Readonly<Record<string, PatchKind | 'apply'>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  [applyType]: 'apply',
}

/** PATCH: JSON, merge, strategic merge and apply. Without a resourceVersion in the patch it is applied again to what others wrote in between. */
export const patch: Verb = async (rest, context, entry) => {
  const { info, exchange } = context
  const type = (exchange.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const kind = kinds[type]
  if (kind === undefined) throw unsupportedMediaType(Object.keys(kinds))
  const bytes = await exchange.readBody(maxBodyBytes)
  const options = writeOptions(info.query, 'PatchOptions', kind === 'apply' ? 'apply' : 'other')
  if (kind === 'apply') return apply(rest, context, entry, await readApplyBody(bytes), options)
  const body: Patch = { kind, value: parsePatch(kind, bytes), namesManagers: bytes.includes('managedFields') }
  return changeObject(rest, context, entry, options, current => {
    const object = patched(rest, context, entry, current, body, options)
    return applyUpdate(rest, context, entry, object, current, options)
  })
}

/** Server-side apply: what is not there yet is created. */
async function apply(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  body: ApplyBody,
  options: WriteOptions,
): Promise<void> {
  const { info } = context
  const key = keyOf(entry, info.namespace, info.name)
  // a part of an object never makes the object
  if (info.subresource === '' && (rest.cache.get(key) ?? (await rest.store.get(key)).kv) === undefined) {
    const object = applyBody(rest, context, entry, body, undefined, options)
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
      return await createObject(rest, context, entry, object, options, 'settled')
    } catch (error) {
      // somebody else made it in the meantime: now it is an update
      if (!isAlreadyExists(error)) throw error
    }
  }
  return changeObject(rest, context, entry, options, current => {
    const object = applyBody(rest, context, entry, body, current.object, options)
    checkMeta(entry, info, object, current)
    return applyUpdate(rest, context, entry, object, current, options, 'settled')
  })
}

async function changeObject(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  options: WriteOptions,
  change: (current: Stored) => Promise<Wanted>,
): Promise<void> {
  const { info } = context
  const outcome = await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, info.namespace, info.name),
    about: info,
    dryRun: options.dryRun,
    async change(current) {
      if (current === undefined) throw notFound(info, info.name)
      return change(current)
    },
  })
  return respondWritten(rest, context, entry, 200, outcome.bytes, outcome.revision)
}

interface Patch {
  readonly kind: PatchKind
  readonly value: Json
  /** It may say something of `managedFields`; otherwise they need not go through the patch. */
  readonly namesManagers: boolean
}

function patched(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  current: Stored,
  patch: Patch,
  options: WriteOptions,
): KubeObject {
  const before = patch.namesManagers ? withPlainManagers(current.object) : bare(current.object)
  const result = applyPatch(rest, entry, patch.kind, before as Json, patch.value)
  const object = checkFields(
    rest,
    context,
    entry,
    { value: result, members: undefined, duplicates: () => [] },
    options.fieldValidation,
  )
  if (!patch.namesManagers) setManagers(object, managersOf(current.object))
  checkMeta(entry, context.info, object, current)
  return object
}

/** What a patch may not change, and what it may ask for. */
function checkMeta(entry: ResourceEntry, info: RequestContext['info'], object: KubeObject, current: Stored): void {
  const meta = object.metadata ?? {}
  if ((meta.name ?? '') !== info.name)
    throw badRequest(`the name of the object (${meta.name ?? ''}) does not match the name on the URL (${info.name})`)
  if (entry.namespaced && (meta.namespace ?? '') !== info.namespace)
    throw badRequest(
      `the namespace of the object (${meta.namespace ?? ''}) does not match the namespace on the URL (${info.namespace})`,
    )
  const present = current.object.metadata
  if ((meta.resourceVersion ?? '') !== '' && meta.resourceVersion !== present?.resourceVersion)
    throw conflict(info, info.name)
  if ((meta.uid ?? '') !== '' && meta.uid !== present?.uid)
    throw preconditionFailed(info, info.name, 'UID', meta.uid ?? '', present?.uid ?? '')
}
