import { formatTime } from '@kubets/apimachinery'
import { prefixEnd } from '@kubets/storage'
import type { Rest } from '../../resources/rest.ts'

const prefixOf = (group: string, plural: string) => `/registry/${group}/${plural}/`

/** Custom resources of one kind that stand in the store. */
export async function countInstances(rest: Rest, group: string, plural: string): Promise<number> {
  const prefix = prefixOf(group, plural)
  return (await rest.cache.consistentSnapshot()).count(prefix, prefixEnd(prefix))
}

/** Deletes them all; those with finalizers are marked, and go when these are gone. */
export async function deleteInstances(rest: Rest, group: string, plural: string): Promise<void> {
  const prefix = prefixOf(group, plural)
  const snapshot = await rest.cache.consistentSnapshot()
  for (const { key, bytes, modRevision } of snapshot.range(prefix, prefixEnd(prefix))) {
    const marked = heldBack(bytes, rest.clock.now())
    // somebody else may write in this moment: whoever waits for none to be left looks again
    if (marked === undefined) await rest.store.delete({ key, expected: modRevision })
    else if (marked !== 'already') await rest.store.put({ key, value: marked, expected: modRevision })
  }
}

interface Instance {
  metadata?: { finalizers?: string[]; deletionTimestamp?: string }
}

/** An instance with finalizers, marked as being deleted; undefined: nothing holds it. */
function heldBack(bytes: Uint8Array, now: number): Buffer | 'already' | undefined {
  const instance = parse(bytes)
  const { metadata } = instance ?? {}
  if (instance === undefined || (metadata?.finalizers ?? []).length === 0) return undefined
  if (metadata?.deletionTimestamp) return 'already'
  const deletion = { deletionGracePeriodSeconds: 0, deletionTimestamp: formatTime(now) }
  return Buffer.from(JSON.stringify({ ...instance, metadata: { ...metadata, ...deletion } }))
}

/** Undefined for what is no object: nobody could have meant to keep it. */
function parse(bytes: Uint8Array): Instance | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
    return typeof value === 'object' && value !== null ? (value as Instance) : undefined
  } catch {
    return undefined
  }
}
