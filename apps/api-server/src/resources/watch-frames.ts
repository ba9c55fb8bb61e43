import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { type ApiError, encodeJson } from '@kubets/apimachinery'
import type { CacheEvent, Entry } from '@kubets/storage'
import { groupVersion } from './group-version.ts'
import { partialMetadata } from './partial-metadata.ts'
import { protobufFrames } from './protobuf-watch.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'
import { columnDefinitions, type IncludeObject, tableRow } from './table.ts'
import { eventVersionFrame, hubObject, versionFrame, versionSuffix } from './version-form.ts'

/** Makes the frames of one watch, `{"type":…,"object":…}` a line, in the form that the client accepts. */
export interface Frames {
  initial(entry: Entry): Uint8Array
  event(event: CacheEvent): Uint8Array
  /** An event that looks different to this watcher: another type, perhaps the older object. */
  as(type: 'ADDED' | 'DELETED', event: CacheEvent, object: Entry): Uint8Array
  bookmark(revision: number): Uint8Array
  initialEventsEnd(revision: number): Uint8Array
  /** Why the watch ends. */
  error(error: ApiError): Uint8Array
}

const initialEventsEndAnnotation = 'k8s.io/initial-events-end'

export function watchFrames(rest: Rest, entry: ResourceEntry, form: Representation, include: IncludeObject): Frames {
  if (form.encoding === 'json' && form.as === 'Object') return objectFrames(rest, entry)
  if (form.encoding === 'protobuf')
    return protobufFrames(rest, entry, form, (revision, initial) => bookmarkObject(entry, revision, initial))
  return shapedFrames(rest, entry, form, include)
}

/** Whole objects: frames are made once an event and shared by all watchers. */
function objectFrames(rest: Rest, entry: ResourceEntry): Frames {
  const name = `json${versionSuffix(entry)}`
  const added = `${name}:ADDED`
  return {
    initial: one => one.form(added, e => versionFrame(rest, entry, 'ADDED', e, e.modRevision)),
    event: event => eventVersionFrame(rest, entry, event),
    as: (type, event, object) =>
      event.form(`${name}:${type}`, () => versionFrame(rest, entry, type, object, event.revision)),
    bookmark: revision => bookmarkLine(rest, entry, bookmarkObject(entry, revision)),
    initialEventsEnd: revision => bookmarkLine(rest, entry, bookmarkObject(entry, revision, 'initial')),
    error: errorFrame,
  }
}

/** An object of the kind in which nothing is set: what is always written stands there. */
function bookmarkLine(rest: Rest, entry: ResourceEntry, object: KubeObject): Buffer {
  return Buffer.from(`{"type":"BOOKMARK","object":${rest.schemas.get(entry.schema).encode(object)}}\n`)
}

/** Tables, metadata only, YAML: made for each watcher from the parsed object. */
function shapedFrames(rest: Rest, entry: ResourceEntry, form: Representation, include: IncludeObject): Frames {
  let first = true
  const shape = (object: KubeObject): object => {
    if (form.as === 'Object') return rest.codec.fromHub(entry, object)
    if (form.as !== 'Table') return partialMetadata(entry, object, form.version)
    // the columns are told once a stream
    const columns = first ? columnDefinitions(entry) : undefined
    first = false
    return {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${form.version}`,
      metadata: { resourceVersion: object.metadata?.resourceVersion ?? '' },
      columnDefinitions: columns ?? null,
      rows: [tableRow(rest.codec, entry, form.version, object, include, rest.clock.now())],
    }
  }
  const make = (type: string, one: Entry, revision: number) =>
    line(type, shape(hubObject(rest, entry, one.bytes, revision)))
  return {
    initial: one => make('ADDED', one, one.modRevision),
    event: event => make(event.type, event.entry, event.revision),
    as: (type, event, object) => make(type, object, event.revision),
    bookmark: revision => line('BOOKMARK', shapedBookmark(entry, form, bookmarkObject(entry, revision))),
    initialEventsEnd: revision =>
      line('BOOKMARK', shapedBookmark(entry, form, bookmarkObject(entry, revision, 'initial'))),
    error: errorFrame,
  }
}

/** A bookmark says nothing but its metadata, so a Table's row for it shows an object without anything. */
function shapedBookmark(entry: ResourceEntry, form: Representation, object: KubeObject): object {
  if (form.as === 'Object') return object
  if (form.as !== 'Table') return partialMetadata(entry, object, form.version)
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata: { resourceVersion: object.metadata?.resourceVersion ?? '' },
    columnDefinitions: null,
    rows: [{ cells: bookmarkCells(entry, object), object: partialMetadata(entry, object, form.version) }],
  }
}

function bookmarkCells(entry: ResourceEntry, object: KubeObject): ReturnType<ResourceEntry['cells']> {
  try {
    return entry.cells(object, 0)
  } catch {
    // a kind whose cells need more than metadata
    return entry.columns.map(() => '')
  }
}

function line(type: string, object: object): Buffer {
  return Buffer.from(`${encodeJson({ type, object })}\n`)
}

function bookmarkObject(entry: ResourceEntry, revision: number, what: 'initial' | 'progress' = 'progress'): KubeObject {
  const annotations = {
    ...entry.empty?.metadata?.annotations,
    ...(what === 'initial' ? { [initialEventsEndAnnotation]: 'true' } : {}),
  }
  return {
    ...entry.empty,
    kind: entry.kind,
    apiVersion: groupVersion(entry),
    metadata: {
      resourceVersion: String(revision),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  }
}

function errorFrame(error: ApiError): Buffer {
  return line('ERROR', error.status)
}
