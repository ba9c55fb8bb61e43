import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import type { CacheEvent, Entry } from '@kubets/storage'
import { groupVersion } from './group-version.ts'
import type { Rest } from './rest.ts'
import { answerLine, entryLine, eventFrame, spliceAt, watchFrame, withResourceVersion } from './splice.ts'

/**
 * What is stored, as a version shows it. The stored version's own bytes are the fast path; other versions are converted, once for each
 * revision of an object, and kept beside its bytes.
 */

/** Names a version's forms beside those of the stored one: `` or `@autoscaling/v1`. */
export const versionSuffix = (entry: ResourceEntry) => (entry.hub === undefined ? '' : `@${groupVersion(entry)}`)

/** Stored bytes as an object of the entry's version, at a revision. */
export function versionObject(rest: Rest, entry: ResourceEntry, bytes: Uint8Array, revision: number): KubeObject {
  return rest.codec.fromHub(entry, hubObject(rest, entry, bytes, revision))
}

/** The same in the stored version: what tables and metadata are made of. */
export function hubObject(rest: Rest, entry: ResourceEntry, bytes: Uint8Array, revision: number): KubeObject {
  // a dry run of a create has no revision; spliced in, so that it stands where upstream has it
  return rest.codec.decode(entry, revision === 0 ? bytes : withResourceVersion(bytes, spliceAt(bytes), revision))
}

/** Bytes of the stored version as JSON of the entry's version, a line's end behind it. */
export function versionLine(
  rest: Rest,
  entry: ResourceEntry,
  { bytes, spliceAt }: Pick<Entry, 'bytes' | 'spliceAt'>,
  revision: number,
): Uint8Array {
  if (entry.hub !== undefined)
    return Buffer.concat([rest.codec.print(entry, versionObject(rest, entry, bytes, revision)), lineEnd])
  return revision === 0 ? Buffer.concat([bytes, lineEnd]) : answerLine(bytes, spliceAt, revision)
}

/** An entry as a GET answers it; made once. */
export function entryVersionLine(rest: Rest, entry: ResourceEntry, found: Entry): Uint8Array {
  if (entry.hub === undefined) return entryLine(found)
  return found.form(`json${versionSuffix(entry)}`, one => versionLine(rest, entry, one, one.modRevision))
}

/** A line of a watch stream in JSON. */
export function versionFrame(
  rest: Rest,
  entry: ResourceEntry,
  type: string,
  object: Entry,
  revision: number,
): Uint8Array {
  if (entry.hub === undefined) return watchFrame(type, object, revision)
  const line =
    revision === object.modRevision ? entryVersionLine(rest, entry, object) : versionLine(rest, entry, object, revision)
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), line.subarray(0, -1), frameEnd])
}

const lineEnd = Buffer.from('\n')
const frameEnd = Buffer.from('}\n')

/** An event as a watcher without selectors gets it; made once for all of them. */
export function eventVersionFrame(rest: Rest, entry: ResourceEntry, event: CacheEvent): Uint8Array {
  if (entry.hub === undefined) return eventFrame(event)
  return event.form(`json${versionSuffix(entry)}`, e => versionFrame(rest, entry, e.type, e.entry, e.revision))
}
