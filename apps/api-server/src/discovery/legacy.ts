import { createHash } from 'node:crypto'
import type { ResourceEntry } from '@kubets/api-types'
import { hubOf } from '../resources/codec.ts'
import type { DiscoveredGroup } from './groups.ts'

export function apiVersions(address: string) {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  }
}

export function apiGroupList(groups: readonly DiscoveredGroup[]) {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) }
}

export function apiGroup({ name, versions }: DiscoveredGroup) {
  const all = [...versions.keys()].map(version => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: all, preferredVersion: all[0] }
}

export function apiResourceList(group: string, version: string, entries: readonly ResourceEntry[]) {
  return {
    kind: 'APIResourceList',
    // upstream leaves it out for the core group
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: entries.flatMap(entry => [
      {
        name: entry.resource,
        singularName: entry.singular,
        namespaced: entry.namespaced,
        kind: entry.kind,
        verbs: sortedVerbs(entry.verbs),
        ...(entry.shortNames.length > 0 ? { shortNames: entry.shortNames } : {}),
        ...(entry.categories.length > 0 ? { categories: entry.categories } : {}),
        ...(entry.stored ? { storageVersionHash: storageVersionHash(entry) } : {}),
      },
      ...Object.entries(entry.subresources)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, sub]) => ({
          name: `${entry.resource}/${name}`,
          singularName: '',
          namespaced: entry.namespaced,
          ...(sub.group === entry.group && sub.version === entry.version
            ? {}
            : { group: sub.group, version: sub.version }),
          kind: sub.kind,
          verbs: sortedVerbs(sub.verbs),
        })),
    ]),
  }
}

export const sortedVerbs = (verbs: readonly string[]) => [...verbs].sort()

/** Upstream's: the first eight bytes of the SHA-256 of the stored `group/version/kind`. */
function storageVersionHash(entry: ResourceEntry): string {
  const hub = hubOf(entry)
  const { group, kind, storageHashVersion: version = hub.version } = hub
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}
