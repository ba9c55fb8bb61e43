import type { KubeObject, ResourceEntry, Schemas } from '@kubets/api-types'
import { decodeJson } from '@kubets/apimachinery'

/** Between objects and the store's bytes, per kind. */
export interface Codec {
  /** Reads stored (or answered) bytes: parsed, defaulted. */
  decode(entry: ResourceEntry, bytes: Uint8Array): KubeObject
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
