import type { KubeObject, ResourceEntry, Schemas } from '@kubets/api-types'
import { decodeJson, JsonText } from '@kubets/apimachinery'
import type { Entry, Facts } from '@kubets/storage'
import { EncodePool } from './encode-pool.ts'
import { groupVersion } from './group-version.ts'
import { spliceAt } from './splice.ts'
import { splitManagers } from './split-managers.ts'
import { cutSpec, lateSpec, statusStandsLast, unreadSpec } from './unread-spec.ts'

/**
 * Between objects, the store's bytes and the forms of versions, per kind. One version of a kind is the hub: it is stored, and rules speak of
 * its form. Any entry of the kind may be given: `decode`, `encode` and `applyDefaults` mean its hub.
 */
export interface Codec {
  /** Reads stored bytes: the hub's form, defaulted. */
  decode(entry: ResourceEntry, bytes: Uint8Array): KubeObject
  /** As `decode`, for a write: what managers own stays text (`FieldsV1`), since most writes only carry it over. */
  decodeForWrite(entry: ResourceEntry, bytes: Uint8Array): KubeObject
  /**
   * As `decodeForWrite`, for a write that leaves the spec alone: it stays text too until somebody looks at it, where the bytes are known to come from
   * `encode`. `fields`: what the watch cache says of them.
   */
  decodeWithoutSpec(entry: ResourceEntry, bytes: Uint8Array, fields: Entry['fields'] | undefined): KubeObject
  /** Canonical bytes without a resourceVersion: upstream's order of fields, maps sorted. */
  encode(entry: ResourceEntry, object: KubeObject): Buffer
  /** What the watch cache asks of bytes, where `encode` made them and they came back as they were: nothing is parsed again. */
  factsOf(bytes: Uint8Array): Facts | undefined
  /** Sets the kind's defaults in place, on the hub's form. */
  applyDefaults(entry: ResourceEntry, object: KubeObject): void
  /** From a request's form, which is defaulted, to the hub's. May change and return its argument. */
  toHub(entry: ResourceEntry, object: KubeObject): KubeObject
  /** From the hub's form to the entry's, named as its version. May change and return its argument, or share parts with it. */
  fromHub(entry: ResourceEntry, object: KubeObject): KubeObject
  /** Canonical JSON of an object in the entry's own form, with whatever resourceVersion it has. */
  print(entry: ResourceEntry, object: KubeObject): Buffer
}

/** The entry whose form is stored. */
export const hubOf = (entry: ResourceEntry): ResourceEntry => entry.hub?.entry ?? entry

const nothing: Readonly<Record<string, string>> = Object.freeze({})
const endOfMetadata = Buffer.from('}')

/** What stands in the place of specs that nobody has read, by kind: it gets its defaults once. */
const blanks = new WeakMap<ResourceEntry, object>()

/** A spec that nobody has read is defaulted when it is read. */
function applyDefaults(entry: ResourceEntry, object: KubeObject & { spec?: object }): void {
  const { spec } = object
  if (spec === undefined || unreadSpec(object) === undefined) {
    entry.applyDefaults(object)
    return
  }
  let blank = blanks.get(entry)
  if (blank === undefined) {
    blank = {}
    blanks.set(entry, blank)
  }
  object.spec = blank
  entry.applyDefaults(object)
  object.spec = spec
}

/** Whether an object can be encoded as it is: what a creator sent mostly can. */
const isNamed = (object: KubeObject, hub: ResourceEntry): boolean =>
  object.kind === hub.kind &&
  object.apiVersion === groupVersion(hub) &&
  object.metadata !== undefined &&
  object.metadata.resourceVersion === undefined

/** A copy named as the hub's version is, without a resourceVersion. */
function nameHub(object: KubeObject, hub: ResourceEntry): KubeObject & { spec?: object } {
  const metadata = { ...object.metadata }
  // not deleted: an object that something was deleted from is read slowly
  if (metadata.resourceVersion !== undefined) (metadata as { resourceVersion?: unknown }).resourceVersion = undefined
  return { ...object, kind: hub.kind, apiVersion: groupVersion(hub), metadata }
}

/** What is known of bytes that were encoded here stands on them. A WeakMap would keep it alive beyond them. */
const factsOf = Symbol('facts')
type Encoded = Uint8Array & { [factsOf]?: Facts }

/** Stands on the selectable fields of what this process has encoded: it is canonical and defaulted, whatever older versions may have stored. */
const own = Symbol('own')
type Fields = Facts['fields'] & { [own]?: true }

export function createCodec(schemas: Schemas): Codec {
  const pool = new EncodePool()
  const fromHub = (entry: ResourceEntry, object: KubeObject): KubeObject => {
    if (entry.hub === undefined) return object
    const converted = entry.hub.fromHub(object)
    converted.kind = entry.kind
    converted.apiVersion = groupVersion(entry)
    return converted
  }
  return {
    decode(entry, bytes) {
      const object = decodeJson(bytes).value as KubeObject
      hubOf(entry).applyDefaults(object)
      return object
    },
    decodeForWrite(entry, bytes) {
      const split = splitManagers(bytes)
      if (split === undefined) return this.decode(entry, bytes)
      const object = this.decode(entry, Buffer.concat([split.before, split.after]))
      object.metadata = { ...object.metadata, managedFields: split.managers as never }
      return object
    },
    decodeWithoutSpec(entry, bytes, fields = (bytes as Encoded)[factsOf]?.fields) {
      if (entry.hub !== undefined || entry.strategy.leavesSpec !== true || !statusStandsLast(schemas, entry))
        return this.decodeForWrite(entry, bytes)
      const split = (fields as Fields | undefined)?.[own] === true ? splitManagers(bytes) : undefined
      const cut = split && cutSpec(split.after)
      if (fields === undefined || split === undefined || cut === undefined) return this.decodeForWrite(entry, bytes)
      const object = decodeJson(Buffer.concat([split.before, endOfMetadata, cut.rest])).value as KubeObject
      object.metadata = { ...object.metadata, managedFields: split.managers as never }
      const read = (spec: Buffer): object => {
        const whole = { metadata: {}, spec: decodeJson(spec).value }
        entry.applyDefaults(whole as KubeObject)
        return whole.spec as object
      }
      ;(object as { spec?: object }).spec = lateSpec({ bytes: cut.spec, fields, read })
      applyDefaults(entry, object)
      return object
    },
    encode(entry, object) {
      const hub = hubOf(entry)
      const unread = unreadSpec(object)
      const named: KubeObject & { spec?: object } =
        unread === undefined && isNamed(object, hub) ? object : nameHub(object, hub)
      if (unread !== undefined) named.spec = new JsonText(unread.bytes)
      const bytes = pool.copy(schemas.get(hub.schema).encodeBytes(named))
      if (hub.stored) {
        let fields: Record<string, string>
        if (unread === undefined) fields = hub.selectableFields(named)
        else {
          // not deleted, which is slow
          ;(named as { spec: object | undefined }).spec = undefined
          fields = { ...hub.selectableFields(named) }
          for (const name in unread.fields) if (name.startsWith('spec.')) fields[name] = unread.fields[name] ?? ''
        }
        ;(fields as Fields)[own] = true
        const facts = { labels: named.metadata?.labels ?? nothing, fields, spliceAt: spliceAt(bytes) }
        ;(bytes as Encoded)[factsOf] = facts
      }
      return bytes
    },
    factsOf: bytes => (bytes as Encoded)[factsOf],
    applyDefaults: (entry, object) => applyDefaults(hubOf(entry), object),
    toHub(entry, object) {
      applyDefaults(entry, object)
      if (entry.hub === undefined) return object
      const { entry: hub } = entry.hub
      const converted = entry.hub.toHub(object)
      converted.kind = hub.kind
      converted.apiVersion = groupVersion(hub)
      return converted
    },
    fromHub,
    print: (entry, object) => Buffer.from(schemas.get(entry.schema).encodeBytes(object)),
  }
}
