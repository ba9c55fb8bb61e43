import { encodeWatchFrame, type KubeObject, type ResourceEntry } from '@kubets/api-types'
import type { CacheEvent, Entry } from '@kubets/storage'
import { entryProtobuf, formName, objectProtobuf, storedProtobuf, valueProtobuf } from './protobuf-form.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'
import type { Frames } from './watch-frames.ts'

/** Frames of a watch in protobuf, each made once for all watchers. */
export function protobufFrames(
  rest: Rest,
  entry: ResourceEntry,
  form: Representation,
  bookmark: (revision: number, what?: 'initial') => KubeObject,
): Frames {
  const name = formName(entry, form)
  const shown = (object: Entry, revision: number) =>
    object.modRevision === revision
      ? entryProtobuf(rest, entry, form, object)
      : storedProtobuf(rest, entry, form, object, revision)
  const frame = (type: string, object: Entry, revision: number) => encodeWatchFrame(type, shown(object, revision))
  const bookmarkFrame = (object: KubeObject) => encodeWatchFrame('BOOKMARK', objectProtobuf(rest, entry, form, object))
  return {
    initial: one => frame('ADDED', one, one.modRevision),
    event: event => event.form(name, (e: CacheEvent) => frame(e.type, e.entry, e.revision)),
    as: (type, event, object) => event.form(`${name}:${type}`, () => frame(type, object, event.revision)),
    bookmark: revision => bookmarkFrame(bookmark(revision)),
    initialEventsEnd: revision => bookmarkFrame(bookmark(revision, 'initial')),
    error: ({ status }) => encodeWatchFrame('ERROR', valueProtobuf(status)),
  }
}
