import type { Catalogue, KubeObject, ResourceEntry } from '@kubets/api-types'
import type { Describe } from '@kubets/storage'
import { type Codec, hubOf } from './codec.ts'
import { outline } from './outline.ts'
import { spliceAt } from './splice.ts'

const nothing: Readonly<Record<string, string>> = Object.freeze({})

/** Tells the watch cache what stands in stored bytes: labels, the fields that selectors may name, the place of the resourceVersion. */
export function describeEntries(catalogue: Catalogue, { factsOf }: Pick<Codec, 'factsOf'>): Describe {
  const byPrefix = entryOfKey(catalogue)
  return (key, bytes) => {
    const known = factsOf(bytes)
    if (known !== undefined) return known
    const entry = byPrefix(key)
    try {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      // fields of custom resources may lie anywhere; those of built-in kinds stand in the outline
      const text = (entry?.schema.startsWith('io.k8s.') ? outline(buffer) : undefined) ?? buffer.toString('utf8')
      const object = JSON.parse(text) as KubeObject
      return {
        labels: object.metadata?.labels ?? nothing,
        fields: entry === undefined ? nothing : entry.selectableFields(object),
        spliceAt: spliceAt(bytes),
      }
    } catch {
      // broken: it is shown to nobody, and stops nobody
      return { labels: nothing, fields: nothing, spliceAt: 0 }
    }
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
