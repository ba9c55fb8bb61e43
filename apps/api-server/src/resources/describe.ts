import type { Catalogue, KubeObject, ResourceEntry, Schemas } from '@kubets/api-types'
import type { Describe } from '@kubets/storage'
import { type Codec, hubOf } from './codec.ts'
import { SelectedMembers } from './selected-members.ts'
import { spliceAt } from './splice.ts'

const nothing: Readonly<Record<string, string>> = Object.freeze({})

/** Tells the watch cache what stands in stored bytes: labels, the fields that selectors may name, the place of the resourceVersion. */
export function describeEntries(
  catalogue: Catalogue,
  { codec, schemas }: { codec: Pick<Codec, 'factsOf'>; schemas: Schemas },
): Describe {
  const byPrefix = entryOfKey(catalogue)
  const readers = new Map<ResourceEntry, SelectedMembers>()
  const labels = new Map<string, Record<string, string>>()
  const readerOf = (entry: ResourceEntry): SelectedMembers => {
    let reader = readers.get(entry)
    if (reader === undefined) {
      reader = new SelectedMembers(entry, schemas, labels)
      readers.set(entry, reader)
    }
    return reader
  }
  return {
    known: bytes => codec.factsOf(bytes),
    spliceAt,
    read(key, bytes) {
      const entry = byPrefix(key)
      try {
        const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        // fields of custom resources may lie anywhere
        const members = entry?.schema.startsWith('io.k8s.') ? readerOf(entry).read(buffer) : undefined
        const object = members ?? (JSON.parse(buffer.toString('utf8')) as KubeObject)
        return {
          labels: object.metadata?.labels ?? nothing,
          fields: entry === undefined ? nothing : entry.selectableFields(object),
        }
      } catch {
        // broken: it is shown to nobody, and stops nobody
        return { labels: nothing, fields: nothing }
      }
    },
  }
}

/** Finds the entry by the key's prefix: `/registry/services/specs/…` as well as `/registry/pods/…`. */
export function entryOfKey(catalogue: Catalogue): (key: string) => ResourceEntry | undefined {
  const known = new Map<string, ResourceEntry>()
  // versions of a kind, and the two groups of events, share one prefix: what stands there is in the hub's form
  for (const entry of catalogue.entries) if (entry.stored) known.set(entry.storagePrefix, hubOf(entry))
  return key => {
    // a prefix has two or three segments below /registry
    let end = key.indexOf('/', '/registry/'.length)
    while (end !== -1) {
      const found = known.get(key.slice(0, end + 1))
      if (found !== undefined) return found
      end = key.indexOf('/', end + 1)
    }
    return undefined
  }
}
