import type { Catalogue, ResourceEntry } from './contract.ts'

/** A catalogue over these entries. @throws Error when two entries answer the same path or kind. */
export function createCatalogue(entries: readonly ResourceEntry[]): Catalogue {
  const byResource = new Map<string, ResourceEntry>()
  const byKind = new Map<string, ResourceEntry>()
  for (const entry of entries) {
    const prefix = `${entry.group}/${entry.version}/`
    if (byResource.has(prefix + entry.resource) || byKind.has(prefix + entry.kind)) {
      throw new Error(`the catalogue has ${prefix}${entry.resource} (${entry.kind}) twice`)
    }
    byResource.set(prefix + entry.resource, entry)
    byKind.set(prefix + entry.kind, entry)
  }
  return {
    entries,
    byResource: (group, version, resource) => byResource.get(`${group}/${version}/${resource}`),
    byKind: (group, version, kind) => byKind.get(`${group}/${version}/${kind}`),
  }
}
