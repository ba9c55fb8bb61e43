import type { KubeObject, ResourceEntry, Schemas } from '@kubets/api-types'
import { decodeJson } from '@kubets/apimachinery'
import { splitManagers } from './split-managers.ts'

/** Between objects and the store's bytes, per kind. */
export interface Codec {
  /** Reads stored (or answered) bytes: parsed, defaulted. */
  decode(entry: ResourceEntry, bytes: Uint8Array): KubeObject
  /** As `decode`, for a write: what managers own stays text (`FieldsV1`), since most writes only carry it over. */
  decodeForWrite(entry: ResourceEntry, bytes: Uint8Array): KubeObject
  /** Canonical bytes without a resourceVersion: upstream's order of fields, maps sorted. */
  encode(entry: ResourceEntry, object: KubeObject): Buffer
  /** Sets the kind's defaults in place. */
  applyDefaults(entry: ResourceEntry, object: KubeObject): void
}

export function createCodec(schemas: Schemas): Codec {
  return {
    decode(entry, bytes) {
      const object = decodeJson(bytes).value as KubeObject
      entry.applyDefaults(object)
      return object
    },
    decodeForWrite(entry, bytes) {
      const split = splitManagers(bytes)
      if (split === undefined) return this.decode(entry, bytes)
      const object = this.decode(entry, split.bytes)
      object.metadata = { ...object.metadata, managedFields: split.managers as never }
      return object
    },
    encode(entry, object) {
      const metadata = { ...object.metadata }
      delete metadata.resourceVersion
      return Buffer.from(
        schemas.get(entry.schema).encode({
          ...object,
          kind: entry.kind,
          apiVersion: entry.group === '' ? entry.version : `${entry.group}/${entry.version}`,
          metadata,
        }),
      )
    },
    applyDefaults: (entry, object) => entry.applyDefaults(object),
  }
}
