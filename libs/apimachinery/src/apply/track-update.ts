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
import { fitManagers, takeOver } from './take-over.ts'

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
  const managers = startingManagers(update)
  if (managers.size === 0 && isEmpty(update.live) && update.kind.filtersNothingElse) return creatorOnly(update)
  const created = (update.live as { metadata?: { uid?: string } }).metadata?.uid === undefined
  if (managers.size === 0 && !created) return undefined
  recordUpdate(managers, update)
  capUpdateManagers(managers)
  return encodeManagers(managers)
}

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

/** In place. */
export function recordUpdate(
  managers: Managers,
  update: Pick<TrackedUpdate, 'kind' | 'apiVersion' | 'live' | 'object' | 'manager' | 'subresource' | 'now'>,
): void {
  const { kind, apiVersion, subresource } = update
  fitManagers(managers, kind)
  const change = { kind, apiVersion, before: update.live, after: update.object, form: 'typed', by: '' } as const
  const { changed } = takeOver(managers, change, true) as Comparison
  const set = stripMeta(changed)
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
