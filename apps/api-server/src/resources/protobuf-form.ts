import { builtinSchemas, type KindSchema, type KubeObject, memberHead, type ResourceEntry } from '@kubets/api-types'
import type { Entry } from '@kubets/storage'
import { groupVersion } from './group-version.ts'
import { partialMetadata } from './partial-metadata.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'
import { unreadSpec } from './unread-spec.ts'
import { hubObject, versionObject, versionSuffix } from './version-form.ts'

const metaTypes = 'io.k8s.apimachinery.pkg.apis.meta.v1'
export const listMetaSchema = `${metaTypes}.ListMeta`
const partialMetadataSchema = `${metaTypes}.PartialObjectMetadata`

const isWhole = (form: Representation) => form.as === 'Object'

/** What objects of this form are called: `v1`, `Pod`, or `meta.k8s.io/v1`, `PartialObjectMetadata`. */
export function protobufKind(entry: ResourceEntry, form: Representation): { apiVersion: string; kind: string } {
  return isWhole(form)
    ? { apiVersion: groupVersion(entry), kind: entry.kind }
    : { apiVersion: `meta.k8s.io/${form.version}`, kind: 'PartialObjectMetadata' }
}

/** The name under which entries and events keep their bytes. */
export function formName(entry: ResourceEntry, form: Representation): string {
  return isWhole(form) ? `protobuf${versionSuffix(entry)}` : `protobuf:metadata:${form.version}`
}

/** An object in its envelope: whole, in the form of the entry's version, or the metadata only of any version. */
export function objectProtobuf(
  rest: Rest,
  entry: ResourceEntry,
  form: Representation,
  object: KubeObject,
  memory?: (length: number) => Buffer,
): Buffer {
  const { apiVersion, kind } = protobufKind(entry, form)
  return isWhole(form)
    ? rest.schemas.get(entry.schema).sealProtobuf(object, apiVersion, kind, memory)
    : rest.schemas
        .get(partialMetadataSchema)
        .sealProtobuf(partialMetadata(entry, object, form.version), apiVersion, kind, memory)
}

/** What {@link objectProtobuf} takes, of stored bytes. */
export function shownObject(
  rest: Rest,
  entry: ResourceEntry,
  form: Representation,
  bytes: Uint8Array,
  revision: number,
): KubeObject {
  return isWhole(form) ? versionObject(rest, entry, bytes, revision) : hubObject(rest, entry, bytes, revision)
}

/** The same of an object that was just encoded, in the stored version. 0: a dry run of a create, which has no revision. */
export function writtenObject(object: KubeObject, revision: number): KubeObject {
  const metadata = { ...object.metadata, resourceVersion: revision === 0 ? '' : String(revision) }
  const shown = { ...object, metadata }
  const unread = unreadSpec(object)
  return unread === undefined ? shown : Object.assign(shown, { spec: unread.read(unread.bytes) })
}

/** Stored bytes in protobuf, as they are shown at a revision. */
export function storedProtobuf(
  rest: Rest,
  entry: ResourceEntry,
  form: Representation,
  { key, bytes }: Entry,
  revision: number,
): Buffer {
  const written = entry.hub === undefined && isWhole(form) ? rest.written.take(key, bytes) : undefined
  const shown =
    written === undefined ? shownObject(rest, entry, form, bytes, revision) : writtenObject(written, revision)
  return objectProtobuf(rest, entry, form, shown)
}

/** An entry as a GET answers it; made once for all readers and watchers. */
export function entryProtobuf(rest: Rest, entry: ResourceEntry, form: Representation, found: Entry): Uint8Array {
  return found.form(formName(entry, form), one => storedProtobuf(rest, entry, form, one, one.modRevision))
}

/** The schema of an object without a stored form (Status, Binding, a review). */
export function valueSchema({ apiVersion = 'v1', kind = '' }: KubeObject): KindSchema {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  return builtinSchemas.get(
    kind === 'Status' ? `${metaTypes}.Status` : `io.k8s.api.${group.split('.')[0] ?? group}.${version}.${kind}`,
  )
}

/** Such an object in its envelope. */
export function valueProtobuf(value: KubeObject): Buffer {
  const { apiVersion = 'v1', kind = '' } = value
  return valueSchema(value).sealProtobuf(value, apiVersion, kind)
}

/** The member `number` of a message, from bytes that are a message themselves. */
export function member(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([memberHead(number, bytes.length), bytes])
}
