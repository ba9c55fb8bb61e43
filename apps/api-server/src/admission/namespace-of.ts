import type { Namespace } from '@kubets/api-types'
import { notFound } from '@kubets/apimachinery'
import type { KeyValueStore, WatchCache } from '@kubets/storage'

export interface NamespaceSource {
  cache: Pick<WatchCache, 'get'>
  store: Pick<KeyValueStore, 'get'>
}

/** The namespace of a request. One that was made a moment ago is known to the store only. */
export async function namespaceOf({ cache, store }: NamespaceSource, name: string): Promise<Namespace> {
  const key = `/registry/namespaces/${name}`
  const bytes = cache.get(key)?.bytes ?? (await store.get(key)).kv?.value
  if (bytes === undefined) throw notFound('namespaces', name)
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Namespace
}
