import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { formatTime, type ManagedFieldsEntry, trackUpdate } from '@kubets/apimachinery'
import { groupVersion } from './group-version.ts'
import type { Rest } from './rest.ts'
import { setManagers } from './steps/managed-fields.ts'
import { managedKind } from './steps/managed-kind.ts'

/** As whom the api-server owns the fields of what it makes. */
export interface OwnManagers {
  /** Default `kube-apiserver`. */
  readonly manager?: string
  /** Who has applied the conditions of the status. Without it nobody owns them. */
  readonly conditions?: string
}

/** Writes down who owns the fields of a new object that the api-server makes, in place. */
export function claimFields(rest: Rest, entry: ResourceEntry, object: KubeObject, managers: OwnManagers = {}): void {
  const time = formatTime(rest.clock.now())
  const spec = trackUpdate({
    kind: managedKind(rest, entry, ''),
    apiVersion: groupVersion(entry),
    live: {},
    object,
    liveManaged: undefined,
    sentManaged: undefined,
    manager: managers.manager ?? 'kube-apiserver',
    subresource: '',
    now: time,
  })
  const status =
    managers.conditions === undefined ? [] : [conditions(entry, object, undefined, managers.conditions, time)]
  setManagers(object, [...status, ...(spec ?? [])])
}

/** Who says whether a FlowSchema's level is there: upstream's name. */
export const flowControlConditions = 'api-priority-and-fairness-config-consumer-v1'

/** Writes down, in place, that a manager has applied conditions of these types. */
export function appliedConditions(
  entry: ResourceEntry,
  object: KubeObject,
  types: readonly string[],
  manager: string,
  time: string,
): void {
  const applied = conditions(entry, object, types, manager, time)
  const others = (object.metadata?.managedFields ?? []) as ManagedFieldsEntry[]
  const isSame = (other: ManagedFieldsEntry) =>
    other.manager === manager && other.operation === 'Apply' && other.subresource === 'status'
  setManagers(object, [applied, ...others.filter(other => !isSame(other))])
}

/** One server-side apply of conditions, by their types; undefined: of all. */
function conditions(
  entry: ResourceEntry,
  object: KubeObject,
  types: readonly string[] | undefined,
  manager: string,
  time: string,
): ManagedFieldsEntry {
  const list = (object as { status?: { conditions?: Record<string, string>[] } }).status?.conditions ?? []
  const items = list
    .filter(({ type = '' }) => types?.includes(type) ?? true)
    .map(condition => {
      const fields = Object.keys(condition)
        .filter(name => condition[name] !== '')
        .sort()
        .map(name => [`f:${name}`, {}] as const)
      return [`k:${JSON.stringify({ type: condition.type })}`, { '.': {}, ...Object.fromEntries(fields) }] as const
    })
  return {
    manager,
    operation: 'Apply',
    apiVersion: groupVersion(entry),
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:status': { 'f:conditions': Object.fromEntries(items) } },
    subresource: 'status',
  }
}
