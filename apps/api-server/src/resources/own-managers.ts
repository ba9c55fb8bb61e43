import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import {
  applyConfig,
  cloneJson,
  formatTime,
  type Json,
  type ManagedFieldsEntry,
  trackUpdate,
} from '@kubets/apimachinery'
import { groupVersion } from './group-version.ts'
import type { Rest } from './rest.ts'
import { bare, managersOf, setManagers } from './steps/managed-fields.ts'
import { managedKind, requestForm } from './steps/managed-kind.ts'

/** As whom the api-server owns the fields of what it makes. */
export interface OwnManagers {
  /** Default `kube-apiserver`. */
  readonly manager?: string
  /** Who has applied the conditions of the status. Without it nobody owns them. */
  readonly conditions?: string
  /** Adds what nobody owns, since it is filled in after that was written down. */
  readonly fillIn?: (object: KubeObject) => void
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
  const status = managers.conditions === undefined ? [] : [conditions(entry, object, managers.conditions, time)]
  setManagers(object, [...status, ...(spec ?? [])])
}

/** Who says whether a FlowSchema's level is there: upstream's name. */
export const flowControlConditions = 'api-priority-and-fairness-config-consumer-v1'

/** The object after a manager has applied this status by force, as a client would. */
export function applyStatus(
  rest: Rest,
  entry: ResourceEntry,
  object: KubeObject,
  manager: string,
  status: object,
): KubeObject {
  const apiVersion = groupVersion(entry)
  const applied = applyConfig({
    kind: managedKind(rest, entry, 'status'),
    apiVersion,
    live: bare(requestForm(rest, entry, object)),
    liveManaged: managersOf(object),
    config: { apiVersion, kind: entry.kind, metadata: { name: object.metadata?.name ?? '' }, status },
    manager,
    subresource: 'status',
    force: true,
    now: formatTime(rest.clock.now()),
  })
  const changed = cloneJson((applied.object ?? bare(object)) as Json) as KubeObject
  setManagers(changed, applied.managed)
  return changed
}

/** One server-side apply of all conditions, by their types. */
function conditions(entry: ResourceEntry, object: KubeObject, manager: string, time: string): ManagedFieldsEntry {
  const list = (object as { status?: { conditions?: Record<string, string>[] } }).status?.conditions ?? []
  const items = list.map(condition => {
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
