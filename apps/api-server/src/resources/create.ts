import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  ApiError,
  alreadyExists,
  badRequest,
  decodeJson,
  generateName,
  generateNameConflict,
  invalid,
  plainError,
} from '@kubets/apimachinery'
import type { WriteResult } from '@kubets/storage'
import type { AdmissionRequest } from '../admission/admission.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { largeObject } from '../handlers/request-turns.ts'
import { warn } from '../handlers/respond.ts'
import { judge } from '../validation/index.ts'
import { hubOf } from './codec.ts'
import { type Finish, hookName } from './hooks.ts'
import { clearNewMeta, identifyNew } from './object-meta.ts'
import { answerAhead, answersFromObject, respondWritten } from './respond-object.ts'
import { keyOf, type Rest, type Verb } from './rest.ts'
import { checkManagersAfterAdmission, managersOf, trackWrite } from './steps/managed-fields.ts'
import { readObject } from './steps/read-body.ts'
import { type WriteOptions, writeOptions } from './write-options.ts'

/** Names tried before a create with `generateName` gives up (upstream's figure). */
const nameAttempts = 8

export const create: Verb = async (rest, context, entry) => {
  const { info } = context
  const options = writeOptions(info.query, 'CreateOptions')
  if (info.name !== '') throw badRequest('name may not be set on a create request')
  await createObject(rest, context, entry, await readObject(rest, context, entry, options.fieldValidation), options)
}

/** The whole way of a new object (in the stored version's form) into the store, and the answer. `owners`: its managers are settled already, by an apply. */
export function createObject(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  object: KubeObject,
  options: WriteOptions,
  owners: Owners = 'to be tracked',
): Promise<void> {
  // no async function: that holds its parameters until it ends, and the object need not wait for the store
  return prepare(rest, context, entry, object, options, owners).then(made => store(rest, context, entry, made, options))
}

type Owners = 'to be tracked' | 'settled'

/** A new object that may be stored. */
interface NewObject {
  readonly namespace: string
  /** Its name was made for it: if that is taken, it gets another one. */
  readonly generated: boolean
  /** The revision that it came with, or 0. */
  readonly claimed: number
  /** Of its kind's hook. */
  readonly finish: Finish | undefined
  /** Until nobody needs it any more: hundreds that wait for the store would be copied by each collection. */
  object: KubeObject | undefined
}

async function prepare(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  object: KubeObject,
  options: WriteOptions,
  owners: Owners,
): Promise<NewObject> {
  const { info, user } = context
  const namespace = requestNamespace(entry, info.namespace, object)
  const now = rest.clock.now()
  const claimed = Number(object.metadata?.resourceVersion ?? 0) || 0
  clearNewMeta(object, namespace)
  if (owners === 'to be tracked') trackWrite(rest, context, entry, object, undefined, options)
  if (context.bodyBytes >= largeObject) await rest.requests.enter()
  const managers = managersOf(object)
  const request = {
    operation: 'CREATE',
    entry,
    namespace,
    name: object.metadata?.name || object.metadata?.generateName || 'Unknown',
    subresource: '',
    object,
    oldObject: undefined,
    user,
    dryRun: options.dryRun,
    context,
  } satisfies AdmissionRequest
  await rest.admission.mutate(request)
  checkManagersAfterAdmission(context, object, managers)
  const meta = identifyNew(object, now)
  const generated = (meta.name ?? '') === '' && (meta.generateName ?? '') !== ''
  if (generated) meta.name = newName(entry, meta.generateName)
  request.name = meta.name ?? ''
  rest.codec.applyDefaults(entry, object)
  // before validation, which sees what it fills in
  const finish = await rest.hooks.get(hookName(entry))?.beginCreate?.(object, options.dryRun, context)
  try {
    const strategyContext = { subresource: 'create', now, user, requested: info }
    entry.strategy.prepareForCreate(object, strategyContext)
    if (context.bodyBytes >= largeObject) await rest.requests.enter()
    const judged = judge(rest, entry, object, undefined, strategyContext)
    const { causes, warnings } = judged instanceof Promise ? await judged : judged
    if (causes.length > 0) {
      if (context.bodyBytes >= largeObject) await rest.requests.join()
      throw invalid(hubOf(entry), meta.name ?? '', causes)
    }
    for (const text of warnings) warn(context, text)
    await rest.admission.validate(request)
    if (context.bodyBytes >= largeObject) await rest.requests.enter()
  } catch (error) {
    await finish?.(false)
    throw error
  }
  return { namespace, generated, claimed, finish, object }
}

async function store(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  made: NewObject,
  options: WriteOptions,
): Promise<void> {
  let stored = false
  try {
    for (let attempt = 1; ; attempt++) {
      const { key, name, bytes, writing, ahead } = beginWrite(rest, context, entry, made, options)
      const revision = await writing
      if (revision !== undefined) {
        stored = !options.dryRun
        const shown = options.dryRun ? made.claimed : revision
        return respondWritten(rest, context, entry, 201, bytes, shown, made.object, ahead)
      }
      ahead?.drop()
      if (!made.generated) throw await nameTaken(rest, context, key, name)
      if (attempt === nameAttempts) throw generateNameConflict(context.info, name)
      rename(entry, made)
    }
  } finally {
    await made.finish?.(stored)
  }
}

/** The encoded object is on its way into the store. */
function beginWrite(rest: Rest, context: RequestContext, entry: ResourceEntry, made: NewObject, options: WriteOptions) {
  const object = made.object as KubeObject
  const name = object.metadata?.name ?? ''
  const key = keyOf(entry, made.namespace, name)
  const bytes = rest.codec.encode(entry, object)
  // upstream's store refuses it, which a dry run does not reach: that answers with what was sent
  if (made.claimed > 0 && context.info.verb === 'create' && !options.dryRun)
    throw plainError('resourceVersion should not be set on objects to be created')
  if (!options.dryRun) rest.written.note(entry, key, bytes, object)
  const writing = put(rest, entry, key, bytes, options)
  const ahead = options.dryRun ? undefined : answerAhead(rest, context, entry, bytes, object)
  if (!made.generated && (ahead !== undefined || !answersFromObject(context))) made.object = undefined
  return { key, name, bytes, writing, ahead }
}

function newName({ strategy }: ResourceEntry, base = ''): string {
  return strategy.generatesNames === false ? base : generateName(base)
}

function rename(entry: ResourceEntry, { object }: NewObject): void {
  const meta = object?.metadata
  if (meta !== undefined) meta.name = newName(entry, meta.generateName)
}

/** 409; an object that is being deleted is said to be, since it may be worth waiting for. */
async function nameTaken(rest: Rest, { info }: RequestContext, key: string, name: string): Promise<ApiError> {
  const error = alreadyExists(info, name)
  const { kv } = await rest.store.get(key)
  if (kv === undefined || kv.unreadable !== undefined) return error
  const bytes = kv.value
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"deletionTimestamp":')) return error
  const { metadata } = decodeJson(bytes).value as KubeObject
  if (metadata?.deletionTimestamp === undefined) return error
  return new ApiError({ ...error.status, message: `object is being deleted: ${error.message}` })
}

/** The new revision (0 for a dry run); undefined when the name is taken. */
function put(
  rest: Rest,
  entry: ResourceEntry,
  key: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<number | undefined> {
  if (options.dryRun) return rest.store.get(key).then(({ kv }) => (kv === undefined ? 0 : undefined))
  if (entry.resource === 'events') return putLeased(rest, key, bytes)
  return rest.store.put({ key, value: bytes, expected: 0 }).then(revisionOf)
}

async function putLeased(rest: Rest, key: string, bytes: Uint8Array): Promise<number | undefined> {
  const lease = await rest.leases.lease()
  return revisionOf(await rest.store.put({ key, value: bytes, expected: 0, ...(lease === undefined ? {} : { lease }) }))
}

const revisionOf = (written: WriteResult): number | undefined => (written.ok ? written.revision : undefined)

/** The namespace that the path names; a body may repeat it, not contradict it. */
function requestNamespace(entry: ResourceEntry, namespace: string, object: KubeObject): string {
  const named = object.metadata?.namespace ?? ''
  // a namespace that a cluster-scoped object names is dropped
  if (!entry.namespaced) return ''
  if (namespace === '') throw badRequest('an empty namespace may not be set during creation')
  if (named !== '' && named !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  return namespace
}
