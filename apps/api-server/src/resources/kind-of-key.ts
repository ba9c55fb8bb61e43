import type { Catalogue, ResourceEntry } from '@kubets/api-types'
import type { KindOfKey } from '@kubets/storage'
import { entryOfKey } from './describe.ts'

type Kind = NonNullable<ReturnType<KindOfKey>>

/**
 * The kind that a rule of an EncryptionConfiguration names for a key of the store. Objects of both groups of events are `events`; what is no
 * object of the API (allocated ports, leases of masters) has no kind.
 */
export function kindOfKey(catalogue: Catalogue): KindOfKey {
  const entryOf = entryOfKey(catalogue)
  const known = new Map<ResourceEntry, Kind>()
  return key => {
    const entry = entryOf(key)
    if (entry === undefined) return customKind(key)
    let kind = known.get(entry)
    if (kind === undefined) {
      kind = kindOf(entry.resource, entry.resource === 'events' ? '' : entry.group)
      known.set(entry, kind)
    }
    return kind
  }
}

const kindOf = (resource: string, group: string): Kind => ({
  resource,
  group,
  name: group === '' ? resource : `${resource}.${group}`,
})

/** Custom resources stand below the name of their group, which has a dot: `/registry/stable.example.com/crontabs/…`. */
function customKind(key: string): Kind | undefined {
  const [, , group = '', resource] = key.split('/', 5)
  return group.includes('.') && resource !== undefined && resource !== '' ? kindOf(resource, group) : undefined
}
