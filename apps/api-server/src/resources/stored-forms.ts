import {
  type Catalogue,
  type KubeObject,
  openProtobuf,
  type protobufContentType,
  type ResourceEntry,
  type Schemas,
  sealProtobuf,
} from '@kubets/api-types'
import { decodeJson } from '@kubets/apimachinery'
import type { StoredForms } from '@kubets/storage'
import { type Codec, hubOf } from './codec.ts'
import { definitionOfBeta } from './definition-of-beta.ts'
import { entryOfKey } from './describe.ts'
import { groupVersion } from './group-version.ts'

/** What objects are written in (`--storage-media-type`); both are read, whatever is chosen. */
export type StorageMediaType = 'application/json' | typeof protobufContentType

const brace = 0x7b
const newline = 0x0a
/** `k8s\0` */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** Stored beside the objects of the API, and no kind of it: the allocated node ports. */
const rangePrefix = '/registry/ranges/'
const rangeSchema = 'io.k8s.api.core.v1.RangeAllocation'
/** Definitions, which kube-apiserver still stores in a version that it does not serve. */
const definitionPrefix = '/registry/apiextensions.k8s.io/customresourcedefinitions/'
const oldDefinition = 'apiextensions.k8s.io/v1beta1'
/** Endpoints, of which each is an api-server. */
const leasePrefix = '/registry/masterleases/'

/**
 * Between what may lie in the store and the canonical JSON of the hub's version. Written by Go is what is protobuf (`k8s\0` in front) and
 * what is JSON with a newline at its end: it is decoded, converted and defaulted. All else is taken for our own and costs a look at its ends.
 */
export function storedForms(
  { catalogue, schemas, codec }: { catalogue: Catalogue; schemas: Schemas; codec: Codec },
  mediaType: StorageMediaType = 'application/json',
): StoredForms {
  const entryOf = entryOfKey(catalogue)
  const endpoints = catalogue.byResource('', 'v1', 'endpoints')

  const canonical = (key: string, apiVersion: string, kind: string, object: KubeObject): Uint8Array | undefined => {
    if (key.startsWith(rangePrefix))
      return Buffer.from(schemas.get(rangeSchema).encodeBytes({ ...object, kind: 'RangeAllocation', apiVersion: 'v1' }))
    const entry = entryNamed(catalogue, apiVersion, kind)
    return entry && codec.encode(entry, codec.toHub(entry, object))
  }

  const readProtobuf = (key: string, stored: Uint8Array): Uint8Array => {
    const { apiVersion, kind, raw } = openProtobuf(stored)
    const schema = key.startsWith(rangePrefix) ? rangeSchema : entryNamed(catalogue, apiVersion, kind)?.schema
    const value =
      schema && canonical(key, apiVersion, kind, schemas.get(schema).decodeProtobuf(raw) as unknown as KubeObject)
    if (value) return value
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  }

  /** What is of no kind that is known (custom resources) stays as it is, but for its end: other readers put it into lines. */
  const readJson = (key: string, stored: Uint8Array): Uint8Array => {
    const text = stored[stored.length - 1] === newline ? stored.subarray(0, -1) : stored
    const object = decodeJson(text).value as KubeObject
    const { apiVersion = '', kind = '' } = object
    if (apiVersion === oldDefinition)
      return canonical(key, 'apiextensions.k8s.io/v1', kind, definitionOfBeta(object)) ?? text
    return canonical(key, apiVersion, kind, object) ?? text
  }

  const read = (key: string, stored: Uint8Array): Uint8Array => {
    if (stored[0] === brace)
      return stored[stored.length - 1] === newline || isOldDefinition(key, stored) ? readJson(key, stored) : stored
    return magic.every((byte, i) => stored[i] === byte) ? readProtobuf(key, stored) : stored
  }
  if (mediaType === 'application/json') return { read }

  const kindOf = (key: string): { schema: string; kind: string; apiVersion: string } | undefined => {
    if (key.startsWith(rangePrefix)) return { schema: rangeSchema, kind: 'RangeAllocation', apiVersion: 'v1' }
    const entry = key.startsWith(leasePrefix) ? endpoints : entryOf(key)
    // definitions, APIServices and custom resources are JSON in upstream's store too, whatever is chosen
    if (entry === undefined || !entry.schema.startsWith('io.k8s.api.')) return undefined
    return { schema: entry.schema, kind: entry.kind, apiVersion: groupVersion(entry) }
  }
  return {
    read,
    write(key, wanted) {
      const known = wanted[0] === brace ? kindOf(key) : undefined
      if (known === undefined) return wanted
      const message = schemas.get(known.schema).encodeProtobuf(decodeJson(wanted).value)
      return sealProtobuf(known.apiVersion, known.kind, message)
    },
  }
}

/** Whoever put it there: with the newline or without. It names its version in front. */
const isOldDefinition = (key: string, stored: Uint8Array): boolean =>
  key.startsWith(definitionPrefix) &&
  Buffer.from(stored.buffer, stored.byteOffset, Math.min(100, stored.byteLength)).includes(`"${oldDefinition}"`)

/** Any version of a kind that is stored, in whichever it was written. */
function entryNamed(catalogue: Catalogue, apiVersion: string, kind: string): ResourceEntry | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const entry = catalogue.byKind(group, version, kind)
  return entry !== undefined && hubOf(entry).stored ? entry : undefined
}
