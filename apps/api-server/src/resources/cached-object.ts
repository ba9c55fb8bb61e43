import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { keyOf, type Rest } from './rest.ts'

/** An object as the watch cache has it now, which follows every write of this server; undefined when it is not there. */
export function cachedObject(
  rest: Rest,
  entry: ResourceEntry,
  namespace: string,
  name: string,
): KubeObject | undefined {
  const found = rest.cache.get(keyOf(entry, namespace, name))
  return found === undefined ? undefined : rest.codec.decode(entry, found.bytes)
}
