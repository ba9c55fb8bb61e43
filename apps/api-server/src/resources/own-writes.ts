import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { guaranteedUpdate } from './guaranteed-update.ts'
import { fillNewMeta } from './object-meta.ts'
import { claimFields, type OwnManagers } from './own-managers.ts'
import { keyOf, type Rest, type Stored } from './rest.ts'

/** The entry of a kind that the api-server itself writes. @throws Error when the catalogue does not have it. */
export function ownEntry(rest: Rest, group: string, resource: string): ResourceEntry {
  const entry = rest.catalogue.byResource(group, 'v1', resource)
  if (entry === undefined) throw new Error(`the catalogue has no ${resource} of group ${JSON.stringify(group)}`)
  return entry
}

/** Metadata, defaults and strategy of a new object that the api-server makes; admission is not asked. */
export function prepareOwn(
  rest: Rest,
  entry: ResourceEntry,
  object: KubeObject,
  managers?: OwnManagers,
): { key: string; value: Buffer } {
  const now = rest.clock.now()
  const { name = '', namespace = '' } = object.metadata ?? {}
  // the strategy takes the status away from creators, not from us
  const { status } = object as { status?: unknown }
  fillNewMeta(object, entry.namespaced ? namespace : '', now)
  entry.applyDefaults(object)
  // as for any writer, before the strategy adds what is its own
  claimFields(rest, entry, object, managers)
  managers?.fillIn?.(object)
  entry.strategy.prepareForCreate(object, { subresource: 'create', now })
  if (status !== undefined) Object.assign(object, { status })
  return { key: keyOf(entry, namespace, name), value: rest.codec.encode(entry, object) }
}

/** False when the name is taken. */
export async function createOwn(
  rest: Rest,
  entry: ResourceEntry,
  object: KubeObject,
  { lease, ...managers }: OwnManagers & { lease?: bigint } = {},
): Promise<boolean> {
  const prepared = prepareOwn(rest, entry, object, managers)
  const written = await rest.store.put({ ...prepared, expected: 0, ...(lease === undefined ? {} : { lease }) })
  return written.ok
}

/** Changes one object, if it is there. `change` may be called again when somebody else writes; undefined leaves it as it is. */
export async function changeOwn(
  rest: Rest,
  entry: ResourceEntry,
  name: string,
  change: (current: Stored) => KubeObject | undefined,
  namespace = '',
): Promise<boolean> {
  const gone = new Error('not there')
  try {
    await guaranteedUpdate(rest, entry, {
      key: keyOf(entry, namespace, name),
      about: { group: entry.group, resource: entry.resource, name },
      dryRun: false,
      change(current) {
        if (current === undefined) throw gone
        const object = change(current)
        return object === undefined ? { do: 'nothing' } : { do: 'put', object }
      },
    })
    return true
  } catch (error) {
    if (error === gone) return false
    throw error
  }
}

/** Deletes one object, if it is there and `wanted`; finalizers hold it as they hold any other. */
export async function deleteOwn(
  rest: Rest,
  entry: ResourceEntry,
  name: string,
  wanted: (current: KubeObject) => boolean = () => true,
  namespace = '',
): Promise<void> {
  const leave = new Error('not there, or not wanted')
  await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, namespace, name),
    about: { group: entry.group, resource: entry.resource, name },
    dryRun: false,
    change(current) {
      if (current === undefined || !wanted(current.object)) throw leave
      const { metadata = {} } = current.object
      if ((metadata.finalizers ?? []).length === 0) return { do: 'delete' }
      if (metadata.deletionTimestamp !== undefined) return { do: 'nothing' }
      const deletionTimestamp = formatTime(rest.clock.now())
      return { do: 'put', object: { ...current.object, metadata: { ...metadata, deletionTimestamp } } }
    },
  }).catch(error => {
    if (error !== leave) throw error
  })
}
