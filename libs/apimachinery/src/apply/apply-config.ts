import { plainError } from '../status/errors.ts'
import type { Comparison } from './compare.ts'
import { type ApplyConflict, ApplyConflicts } from './conflict.ts'
import { difference, type FieldSet, intersection, union } from './field-set.ts'
import { fieldSetOf } from './field-set-of.ts'
import { type ManagedKind, stripMeta } from './managed-kind.ts'
import {
  decodeManagers,
  encodeManagers,
  type ManagedFieldsEntry,
  type Manager,
  type Managers,
  managerId,
} from './managers.ts'
import { mergeValues } from './merge.ts'
import { removeFields } from './remove-fields.ts'
import { sameValue } from './same-value.ts'
import { withNamedParents } from './schema-of-set.ts'
import { atOnce, type Steps } from './steps.ts'
import { fitManagers, ownComparison, takeOver } from './take-over.ts'
import { recordUpdate } from './track-update.ts'
import type { TypeView } from './type-view.ts'
import { typedToWritten } from './typed-to-written.ts'
import { validateConfig } from './validate-config.ts'

/** A server-side apply. Objects are in the form of `apiVersion`. */
export interface Apply {
  readonly kind: ManagedKind
  readonly apiVersion: string
  /** The stored object; only kind and apiVersion when there is none. */
  readonly live: object
  readonly liveManaged: readonly ManagedFieldsEntry[] | null | undefined
  /** The fields that the manager wants to have, as written. */
  readonly config: object
  readonly manager: string
  readonly subresource: string
  readonly force: boolean
  /** RFC 3339. */
  readonly now: string
}

export interface Applied {
  /** The new object, as written: it may hold nulls. Undefined: nothing but the managers changed. */
  readonly object: object | undefined
  readonly managed: ManagedFieldsEntry[] | undefined
}

/**
 * Lays a configuration over the live object: what it says becomes the manager's, what it said the last time and does not say now goes
 * unless somebody else has it. @throws ApplyConflicts, TypeMismatch
 */
export const applyConfig = (apply: Apply): Applied => atOnce(applySteps(apply))

/** The same in steps, of about the same length. */
export function* applySteps(apply: Apply): Steps<Applied> {
  const { kind, apiVersion } = apply
  const type = kind.view(apiVersion) as TypeView
  validateConfig(type, apply.config)
  const managers = decodeManagers(apply.liveManaged)
  // what was there before anybody applied belongs to somebody
  if (managers.size === 0)
    recordUpdate(managers, { ...apply, live: {}, object: apply.live, manager: 'before-first-apply' })
  fitManagers(managers, kind)
  yield
  const live = typedToWritten(type, apply.live) as object
  const merged = mergeValues(type, live, apply.config) as object
  yield
  const id = managerId(apply.manager, 'Apply', apiVersion, apply.subresource)
  const last = managers.get(id)
  const set = kind.filter(fieldSetOf(type, apply.config, 'written'), apiVersion)
  managers.set(id, {
    name: apply.manager,
    operation: 'Apply',
    subresource: apply.subresource,
    apiVersion,
    time: last?.time,
    set,
  })
  yield
  const object = last === undefined ? merged : yield* prune(merged, kind, apiVersion, managers, last)
  const change = { kind, apiVersion, before: live, after: object, form: 'written', by: id } as const
  const own = ownComparison(change)
  yield
  const outcome = takeOver(managers, change, apply.force, own)
  if (isConflicts(outcome)) throw new ApplyConflicts(outcome)
  yield
  const changed = !sameValue(type, live, object, 'written')
  settle(managers, id, changed ? apply.now : undefined)
  return { object: changed ? object : undefined, managed: encodeManagers(managers) }
}

const isConflicts = (outcome: Comparison | readonly ApplyConflict[]): outcome is readonly ApplyConflict[] =>
  Array.isArray(outcome)

/** Nobody has the system's fields; the time is that of the last apply that changed something. */
function settle(managers: Managers, id: string, now: string | undefined): void {
  const manager = managers.get(id)
  if (manager === undefined) return
  const set = stripMeta(manager.set)
  if (set.length === 0) managers.delete(id)
  else managers.set(id, { ...manager, set, time: now ?? manager.time })
}

/** The merged object without what this manager applied the last time only. */
function* prune(
  merged: object,
  kind: ManagedKind,
  apiVersion: string,
  managers: Managers,
  last: Manager,
): Steps<object> {
  const type = kind.view(last.apiVersion)
  if (last.set.length === 0 || type === undefined) return merged
  const whole = inLastVersion(kind, merged, apiVersion, last.apiVersion)
  let pruned = removeFields(type, whole, withNamedParents(type, last.set)) as object
  yield
  pruned = yield* addBackOwned(kind, whole, pruned, last.apiVersion, managers)
  yield
  const before = setWithParents(type, whole)
  yield
  const after = setWithParents(type, pruned)
  yield
  const dropped = intersection(difference(before, after), withNamedParents(type, last.set))
  return inVersion(kind, removeFields(type, whole, dropped) as object, last.apiVersion, apiVersion)
}

function inLastVersion(kind: ManagedKind, merged: object, from: string, to: string): object {
  try {
    return inVersion(kind, merged, from, to)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw plainError(`failed to prune fields: failed to convert merged object to last applied version: ${why}`)
  }
}

const setWithParents = (type: TypeView, value: unknown): FieldSet =>
  withNamedParents(type, fieldSetOf(type, value, 'written'))

/** What any manager has stays; version by version, since each one's fields are written in its own. */
function* addBackOwned(
  kind: ManagedKind,
  merged: object,
  pruned: object,
  prunedVersion: string,
  managers: Managers,
): Steps<object> {
  const owned = new Map<string, FieldSet>()
  for (const { apiVersion, set } of managers.values()) owned.set(apiVersion, union(owned.get(apiVersion) ?? [], set))
  // first in the version that was pruned: what a conversion needs may be missing
  const versions = [...owned.keys()].sort((a, b) => Number(b === prunedVersion) - Number(a === prunedVersion))
  let version = prunedVersion
  let whole = merged
  let left = pruned
  for (const next of versions) {
    const type = kind.view(next)
    if (type === undefined) continue
    whole = inVersion(kind, whole, version, next)
    left = inVersion(kind, left, version, next)
    version = next
    const keep = union(setWithParents(type, left), withNamedParents(type, owned.get(next) ?? []))
    yield
    left = removeFields(type, whole, difference(setWithParents(type, whole), keep)) as object
    yield
  }
  return inVersion(kind, left, version, prunedVersion)
}

/** Another version's form, as written. */
function inVersion(kind: ManagedKind, object: object, from: string, to: string): object {
  if (from === to) return object
  const type = kind.view(to)
  const converted = kind.convert(object, from, to)
  return type === undefined ? converted : (typedToWritten(type, converted) as object)
}
