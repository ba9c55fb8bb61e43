import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  badRequest,
  cloneJson,
  conflict,
  invalid,
  type Json,
  notFound,
  plainError,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { AdmissionRequest } from '../admission/admission.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { largeObject } from '../handlers/request-turns.ts'
import { warn } from '../handlers/respond.ts'
import { judge } from '../validation/index.ts'
import { hubOf } from './codec.ts'
import { createObject } from './create.ts'
import { guaranteedUpdate, type Wanted } from './guaranteed-update.ts'
import { hookName } from './hooks.ts'
import { inheritMeta } from './object-meta.ts'
import { answerAhead, respondWritten } from './respond-object.ts'
import { keyOf, type Rest, type Stored, type Verb } from './rest.ts'
import {
  checkManagersAfterAdmission,
  keepTimes,
  managersOf,
  trackWrite,
  trackWriteSteps,
} from './steps/managed-fields.ts'
import { readObject } from './steps/read-body.ts'
import { type WriteOptions, writeOptions } from './write-options.ts'

/** PUT: the body takes the object's place. */
export const update: Verb = async (rest, context, entry) => {
  const { info } = context
  const options = writeOptions(info.query, 'UpdateOptions')
  const object = await readObject(rest, context, entry, options.fieldValidation)
  checkName(entry, info, object)
  const meta = { ...object.metadata, name: info.name, ...(entry.namespaced ? { namespace: info.namespace } : {}) }
  object.metadata = meta
  const key = keyOf(entry, info.namespace, info.name)
  if (entry.strategy.allowCreateOnUpdate && info.subresource === '') {
    const present = rest.cache.get(key) ?? (await rest.store.get(key)).kv
    if (present === undefined) {
      // whatever version is asked for: what is not there cannot contradict it
      refuseBadRevision(meta.resourceVersion)
      return createObject(rest, context, entry, object, options)
    }
  }
  const outcome = await guaranteedUpdate(rest, entry, {
    key,
    about: info,
    dryRun: options.dryRun,
    leavesSpec: info.subresource === 'status',
    change: current => {
      if (current === undefined) throw notFound(info, info.name)
      checkPreconditions(entry, info, object, current)
      // a retry begins with what the client sent, not with what the last attempt made of it
      return applyUpdate(rest, context, entry, cloneJson(object as Json) as KubeObject, current, options)
    },
    ahead: (bytes, written) => answerAhead(rest, context, entry, bytes, written),
  })
  return respondWritten(rest, context, entry, 200, outcome.bytes, outcome.revision, outcome.object, outcome.ahead)
}

export function checkName(entry: ResourceEntry, info: { name: string; namespace: string }, object: KubeObject): void {
  const { name = '', namespace = '' } = object.metadata ?? {}
  if (name === '')
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`)
  if (name !== info.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`)
  if (entry.namespaced && namespace !== '' && namespace !== info.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

export function checkPreconditions(
  entry: ResourceEntry,
  info: { group: string; resource: string; namespace: string; name: string },
  object: KubeObject,
  current: Stored,
): void {
  const { uid, resourceVersion } = object.metadata ?? {}
  const present = current.object.metadata?.uid
  if (uid !== undefined && uid !== '' && uid !== present)
    throw conflict(
      info,
      info.name,
      `StorageError: invalid object, Code: 4, Key: ${keyOf(entry, info.namespace, info.name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present ?? ''}`,
    )
  if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0') {
    // upstream has the resource here where a kind belongs
    if (!entry.strategy.allowUnconditionalUpdate)
      throw invalid({ group: info.group, kind: info.resource }, info.name, [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0: must be specified for an update',
          field: 'metadata.resourceVersion',
        },
      ])
    return
  }
  refuseBadRevision(resourceVersion)
  if (Number(resourceVersion) !== current.modRevision) throw conflict(info, info.name)
}

/** Upstream answers a resourceVersion that is no number as an error of its own, without a reason. */
export function refuseBadRevision(text: string | undefined): void {
  if (text === undefined || /^\d*$/.test(text)) return
  throw plainError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
}

/**
 * From the object a client wants (in the stored version's form) to the object that is stored: what PUT and PATCH share. `owners`: its
 * managers are settled already, by an apply or by the scale that was written.
 */
export async function applyUpdate(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  object: KubeObject,
  current: Stored,
  options: Pick<WriteOptions, 'dryRun' | 'fieldManager'>,
  owners: 'to be tracked' | 'settled' = 'to be tracked',
): Promise<Wanted> {
  const { info, user } = context
  const old = current.object
  const bytes = Math.max(context.bodyBytes, current.bytes.length)
  const isLarge = bytes >= largeObject
  inheritMeta(object, old)
  if (owners === 'to be tracked')
    if (isLarge) await rest.requests.through(bytes, trackWriteSteps(rest, context, entry, object, old, options))
    else trackWrite(rest, context, entry, object, old, options)
  if (isLarge) await rest.requests.enter()
  const managers = managersOf(object)
  const request: AdmissionRequest = {
    operation: 'UPDATE',
    entry,
    namespace: info.namespace,
    name: info.name,
    subresource: info.subresource,
    object,
    oldObject: old,
    user,
    dryRun: options.dryRun,
    context,
  }
  await rest.admission.mutate(request)
  checkManagersAfterAdmission(context, object, managers)
  rest.codec.applyDefaults(entry, object)
  const strategyContext = {
    subresource: info.subresource === '' ? 'update' : info.subresource,
    now: rest.clock.now(),
    user,
    requested: info,
  }
  // before validation, which sees what it fills in; a subresource takes nothing
  const hook = info.subresource === '' ? rest.hooks.get(hookName(entry)) : undefined
  const finish = await hook?.beginUpdate?.(object, old, options.dryRun, context)
  try {
    entry.strategy.prepareForUpdate(object, old, strategyContext)
    keepTimes(object, old)
    if (isLarge) await rest.requests.enter()
    const judged = judge(rest, entry, object, old, strategyContext)
    const { causes, warnings } = judged instanceof Promise ? await judged : judged
    // upstream looks at the metadata before the strategy does, which mostly looks at it again: what is wrong there is told twice
    if (causes.length > 0 || entry.strategy.validatesMetaUpdate === false) {
      const all = [...validateObjectMetaUpdate(object.metadata, old.metadata), ...causes]
      if (all.length > 0) {
        if (isLarge) await rest.requests.join()
        throw invalid(hubOf(entry), info.name, all)
      }
    }
    for (const text of warnings) warn(context, text)
    await rest.admission.validate(request)
  } catch (error) {
    await finish?.(false)
    throw error
  }
  if (isReleased(entry, object)) {
    await finish?.(false)
    return { do: 'delete', answer: object }
  }
  const lease = entry.resource === 'events' ? await rest.leases.lease() : undefined
  return {
    do: 'put',
    object,
    ...(lease === undefined ? {} : { lease }),
    ...(finish === undefined ? {} : { finish }),
  }
}

/** Deleted already, and nothing holds it back any more: the update that took the last finalizer away removes the object. */
function isReleased(entry: ResourceEntry, object: KubeObject): boolean {
  const meta = object.metadata ?? {}
  if ((meta.deletionTimestamp ?? '') === '' || (meta.finalizers ?? []).length > 0) return false
  if (entry.group === '' && entry.resource === 'namespaces')
    return ((object as { spec?: { finalizers?: string[] } }).spec?.finalizers ?? []).length === 0
  return (meta.deletionGracePeriodSeconds ?? 0) === 0
}
