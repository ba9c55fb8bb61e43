import type { ResourceEntry } from '@kubets/api-types'
import type { DiscoveredGroup } from './groups.ts'
import { sortedVerbs } from './legacy.ts'

/** `apidiscovery.k8s.io` APIGroupDiscoveryList: every group, version, resource and subresource in one answer. */
export function aggregatedDiscovery(groups: readonly DiscoveredGroup[]) {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      // the core group has metadata too, without a name
      metadata: name === '' ? {} : { name },
      versions: [...versions].map(([v, entries]) => ({
        version: v,
        resources: entries.map(resource),
        freshness: 'Current',
      })),
    })),
  }
}

/** Group and version are said where they are not those of the list. */
function responseKind(
  parent: ResourceEntry,
  { group, version, kind }: { group: string; version: string; kind: string },
) {
  const own = group === parent.group && version === parent.version
  return own ? { group: '', version: '', kind } : { group, version, kind }
}

function resource(entry: ResourceEntry) {
  const subresources = Object.entries(entry.subresources)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sub]) => ({
      subresource: name,
      responseKind: responseKind(entry, sub),
      verbs: sortedVerbs(sub.verbs),
    }))
  return {
    resource: entry.resource,
    responseKind: responseKind(entry, entry),
    scope: entry.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: entry.singular,
    verbs: sortedVerbs(entry.verbs),
    ...(entry.shortNames.length > 0 ? { shortNames: entry.shortNames } : {}),
    ...(entry.categories.length > 0 ? { categories: entry.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  }
}
