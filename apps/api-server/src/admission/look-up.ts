import type { KubeObject } from '@kubets/api-types'
import { notFound } from '@kubets/apimachinery'
import type { WatchCache } from '@kubets/storage'

type Cache = Pick<WatchCache, 'get'>

/** An object that a plugin asks for, as the watch cache has it. `path` is what follows `/registry/`. */
export function lookUp<T extends KubeObject>(cache: Cache, path: string): T | undefined {
  const found = cache.get(`/registry/${path}`)
  if (found === undefined) return undefined
  const { bytes } = found
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as T
}

/** The same of one that must be there. Upstream's listers name the kind in the singular: `pod "a" not found`. */
export function mustLookUp<T extends KubeObject>(cache: Cache, path: string, singular: string): T {
  const found = lookUp<T>(cache, path)
  if (found === undefined) throw notFound(singular, path.slice(path.lastIndexOf('/') + 1))
  return found
}
