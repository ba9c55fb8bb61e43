import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  decodeManagers,
  formatTime,
  type ManagedFieldsEntry,
  type Steps,
  sameManagers,
  semanticEqual,
  type TrackedUpdate,
  TypeMismatch,
  trackUpdate,
  trackUpdateSteps,
} from '@kubets/apimachinery'
import type { RequestContext } from '../../handlers/request-context.ts'
import { warn } from '../../handlers/respond.ts'
import { groupVersion } from '../group-version.ts'
import type { Rest } from '../rest.ts'
import type { WriteOptions } from '../write-options.ts'
import { managedKind, requestForm } from './managed-kind.ts'

export const managersOf = (object: KubeObject | undefined): ManagedFieldsEntry[] | undefined =>
  object?.metadata?.managedFields as ManagedFieldsEntry[] | undefined

/** Sets or takes away `metadata.managedFields`, in place. */
export function setManagers(object: KubeObject, managers: readonly ManagedFieldsEntry[] | undefined): void {
  if (managers !== undefined) {
    object.metadata ??= {}
    object.metadata.managedFields = managers as never
  } else delete object.metadata?.managedFields
}

/** Records who owns which field after a create (`live` undefined), an update or a patch; in place. Objects are in the stored form. */
export function trackWrite(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  object: KubeObject,
  live: KubeObject | undefined,
  options: Pick<WriteOptions, 'fieldManager'>,
): void {
  track(rest, entry, object, live, managerName(context, options), context.info.subresource)
}

/** As {@link trackWrite}, in steps: for a large object. */
export function* trackWriteSteps(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  object: KubeObject,
  live: KubeObject | undefined,
  options: Pick<WriteOptions, 'fieldManager'>,
): Steps<void> {
  const update = tracked(rest, entry, object, live, managerName(context, options), context.info.subresource)
  try {
    setManagers(object, yield* trackUpdateSteps(update))
  } catch (error) {
    leaveWithoutOwners(rest, entry, object, error)
  }
}

/** As {@link trackWrite}, for what the api-server writes itself. */
export function trackOwnWrite(
  rest: Rest,
  entry: ResourceEntry,
  object: KubeObject,
  live?: KubeObject,
  subresource = '',
): void {
  track(rest, entry, object, live, 'kube-apiserver', subresource)
}

function track(
  rest: Rest,
  entry: ResourceEntry,
  object: KubeObject,
  live: KubeObject | undefined,
  manager: string,
  subresource: string,
): void {
  const update = tracked(rest, entry, object, live, manager, subresource)
  try {
    setManagers(object, trackUpdate(update))
  } catch (error) {
    leaveWithoutOwners(rest, entry, object, error)
  }
}

function tracked(
  rest: Rest,
  entry: ResourceEntry,
  object: KubeObject,
  live: KubeObject | undefined,
  manager: string,
  subresource: string,
): TrackedUpdate {
  return {
    kind: managedKind(rest, entry, subresource),
    apiVersion: groupVersion(entry),
    live: live === undefined ? {} : withoutManagers(requestForm(rest, entry, live)),
    object: withoutManagers(requestForm(rest, entry, object)),
    liveManaged: managersOf(live),
    sentManaged: managersOf(object),
    manager,
    subresource,
    now: formatTime(rest.clock.now()),
  }
}

/** As upstream: an object whose fields cannot be told apart is stored without owners. */
function leaveWithoutOwners(rest: Rest, entry: ResourceEntry, object: KubeObject, error: unknown): void {
  if (!(error instanceof TypeMismatch)) throw error
  rest.logger.error({ err: error, resource: entry.resource, name: object.metadata?.name }, 'No managed fields')
  setManagers(object, undefined)
}

const managerName = (context: RequestContext, { fieldManager }: Pick<WriteOptions, 'fieldManager'>): string =>
  fieldManager === '' ? userAgentName(context) : fieldManager

/** As {@link bare}, for what only looks at members: one that is undefined is cheaper than one that is not there. */
function withoutManagers(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } as never }
}

/** Managers do not own what says who the managers are. */
export function bare(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** The object as JSON has it, for patches that change managers. */
export function withPlainManagers(object: KubeObject): KubeObject {
  const managers = managersOf(object)
  if (managers === undefined) return object
  return { ...object, metadata: { ...object.metadata, managedFields: JSON.parse(JSON.stringify(managers)) } }
}

/** Names made of user agents. At the bound the memory is emptied. */
const names = new Map<string, string>()
const maxNames = 1024
const maxManagerBytes = 128

/** What stands before the first slash of the user agent, as far as it is printable and fits. */
function userAgentName({ exchange }: RequestContext): string {
  const agent = exchange.headers['user-agent'] ?? ''
  let name = names.get(agent)
  if (name === undefined) {
    name = ''
    let bytes = 0
    for (const char of agent.split('/')[0] ?? '') {
      if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)) continue
      bytes += Buffer.byteLength(char)
      if (bytes > maxManagerBytes) break
      name += char
    }
    if (names.size >= maxNames) names.clear()
    names.set(agent, name)
  }
  return name
}

/**
 * An update after which only times of managers are new did nothing: the old times come back, and the object is not stored again.
 * After the strategy, which may have taken everything back that was changed.
 */
export function keepTimes(object: KubeObject, old: KubeObject): void {
  const [now, before] = [managersOf(object), managersOf(old)]
  if (now === undefined || before === undefined || now === before || now.length !== before.length) return
  if (now.every((entry, i) => entry.time === before[i]?.time)) return
  if (!sameManagers(now, before)) return
  const { metadata, ...others } = object
  const { metadata: oldMetadata, ...oldOthers } = old
  if (!semanticEqual(others, oldOthers)) return
  if (semanticEqual({ ...metadata, managedFields: undefined }, { ...oldMetadata, managedFields: undefined }))
    setManagers(object, before)
}

/** Admission may change managers too, not spoil them. */
export function checkManagersAfterAdmission(
  context: RequestContext,
  object: KubeObject,
  before: readonly ManagedFieldsEntry[] | undefined,
): void {
  const now = managersOf(object)
  if (now === before) return
  try {
    decodeManagers(now)
  } catch (error) {
    setManagers(object, before)
    warn(
      context,
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${(error as Error).message}`,
    )
  }
}
