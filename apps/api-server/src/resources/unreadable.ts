import type { ResourceEntry } from '@kubets/api-types'
import { type ApiError, internalError, tooManyRequests } from '@kubets/apimachinery'
import { prefixEnd, UnreadableValueError } from '@kubets/storage'
import { hubOf } from './codec.ts'
import type { Rest } from './rest.ts'

/**
 * Refuses a LIST or WATCH of a kind of which an object cannot be read, as upstream does: its cache of the kind never gets ready then, and says
 * why. A list in pages comes from the store, and fails only when it would have to show the object.
 */
export function refuseUnreadable(
  rest: Rest,
  entry: ResourceEntry,
  read: { from: 'the cache' } | { from: 'the store'; prefix: string },
): void {
  if (rest.cache.unreadable.size === 0) return
  const prefix = read.from === 'the store' ? read.prefix : hubOf(entry).storagePrefix
  const end = prefixEnd(prefix)
  for (const [key, error] of rest.cache.unreadable) {
    if (key < prefix || key >= end) continue
    const why = `unable to transform key ${JSON.stringify(storedKey(key, error))}: ${error.message}`
    throw read.from === 'the store' ? internalError(why) : notReady(entry, why)
  }
}

/** As etcd's own tools name it, whatever prefix stands in front there. */
const storedKey = (key: string, error: Error): string => (error instanceof UnreadableValueError ? error.key : key)

function notReady(entry: ResourceEntry, why: string): ApiError {
  const { group, kind } = hubOf(entry)
  return tooManyRequests(`storage is (re)initializing: failed to list *${goPackage(group)}.${kind}: ${why}`, 30)
}

/** Where upstream's own types of a group are. */
function goPackage(group: string): string {
  if (group === '') return 'core'
  return group === 'internal.apiserver.k8s.io' ? 'apiserverinternal' : (group.split('.')[0] as string)
}
