import type { Comparison } from './compare.ts'
import { createdFieldsText } from './created-fields.ts'
import { union } from './field-set.ts'
import { FieldsV1 } from './fields-v1.ts'
import { type ManagedKind, stripMeta } from './managed-kind.ts'
import {
  capUpdateManagers,
  decodeManagers,
  encodeManagers,
  isReset,
  type ManagedFieldsEntry,
  type Managers,
  managerId,
} from './managers.ts'
import type { Steps } from './steps.ts'
import { type Change, fitManagers, ownComparison, takeOver } from './take-over.ts'

/** A create, an update or a patch, as the ownership of fields sees it. Objects are in the form of `apiVersion`. */
export interface TrackedUpdate {
  readonly kind: ManagedKind
  readonly apiVersion: string
  /** The stored object; `{}` for a create. */
  readonly live: object
  /** What will be stored, before admission. */
  readonly object: object
  readonly liveManaged: readonly ManagedFieldsEntry[] | null | undefined
  /** What the request says of managers: on the main resource it replaces what is stored when it is valid. */
  readonly sentManaged: readonly ManagedFieldsEntry[] | null | undefined
  readonly manager: string
  readonly subresource: string
  /** RFC 3339. */
  readonly now: string
}

/**
 * The managers after a write that is no apply: who made it has what it changed, the others have lost it. Objects without managers
 * stay without, except new ones. @throws TypeMismatch when list items cannot be told apart.
 */
export function trackUpdate(update: TrackedUpdate): ManagedFieldsEntry[] | undefined {
  // most creates: nobody is there yet
  if (saysNothingOfManagers(update) && hasOneCreator(update)) return creatorOnly(update)
  const managers = startingManagers(update)
  if (managers.size === 0) {
    if (hasOneCreator(update)) return creatorOnly(update)
    if (!isCreated(update)) return undefined
  }
  recordUpdate(managers, update)
  capUpdateManagers(managers)
  return encodeManagers(managers)
}

/** The same in steps, of about the same length. */
export function* trackUpdateSteps(update: TrackedUpdate): Steps<ManagedFieldsEntry[] | undefined> {
  const managers = startingManagers(update)
  if (managers.size === 0) {
    if (hasOneCreator(update)) return creatorOnly(update)
    if (!isCreated(update)) return undefined
  }
  yield
  fitManagers(managers, update.kind)
  const change = changeOf(update)
  const own = ownComparison(change)
  yield
  recordChange(managers, update, change, own)
  yield
  capUpdateManagers(managers)
  return encodeManagers(managers)
}

const saysNothingOfManagers = ({ sentManaged, liveManaged }: TrackedUpdate): boolean =>
  sentManaged === undefined && liveManaged === undefined

const hasOneCreator = ({ live, kind }: TrackedUpdate): boolean => isEmpty(live) && kind.filtersNothingElse === true

const isCreated = ({ live }: TrackedUpdate): boolean =>
  (live as { metadata?: { uid?: string } }).metadata?.uid === undefined

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}

/** Of a new object, with whose set nobody will do anything yet. */
function creatorOnly(update: TrackedUpdate): ManagedFieldsEntry[] | undefined {
  const { kind, apiVersion, object, subresource } = update
  const type = kind.view(apiVersion)
  const text = type === undefined ? '{}' : createdFieldsText(type, object, kind.ignored)
  if (text === '{}') return undefined
  return [
    {
      manager: update.manager === '' ? 'unknown' : update.manager,
      operation: 'Update',
      apiVersion,
      time: update.now,
      fieldsType: 'FieldsV1',
      fieldsV1: new FieldsV1(text),
      ...(subresource === '' ? {} : { subresource }),
    },
  ]
}

function startingManagers({ sentManaged, liveManaged, subresource }: TrackedUpdate): Managers {
  if (subresource === '') {
    if (isReset(sentManaged)) return new Map()
    try {
      const sent = decodeManagers(sentManaged)
      if (sent.size > 0) return sent
    } catch {
      // what a client sends by mistake does not cost the owners their fields
    }
  }
  try {
    return decodeManagers(liveManaged)
  } catch {
    return new Map()
  }
}

type RecordedUpdate = Omit<TrackedUpdate, 'liveManaged' | 'sentManaged'>

/** In place. */
export function recordUpdate(managers: Managers, update: RecordedUpdate): void {
  fitManagers(managers, update.kind)
  recordChange(managers, update, changeOf(update))
}

const changeOf = ({ kind, apiVersion, live, object }: RecordedUpdate): Change => ({
  kind,
  apiVersion,
  before: live,
  after: object,
  form: 'typed',
  by: '',
})

/** What was changed is the writer's, and no longer the others'. In place. */
function recordChange(
  managers: Managers,
  update: RecordedUpdate,
  change: Change,
  own: Comparison = ownComparison(change),
): void {
  const { apiVersion, subresource } = update
  takeOver(managers, change, true, own)
  const set = stripMeta(own.changed)
  if (set.length === 0) return
  const name = update.manager === '' ? 'unknown' : update.manager
  const id = managerId(name, 'Update', apiVersion, subresource)
  const before = managers.get(id)
  managers.set(id, {
    name,
    operation: 'Update',
    subresource,
    apiVersion,
    time: update.now,
    set: before === undefined ? set : union(set, before.set),
  })
}
