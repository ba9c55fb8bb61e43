import type { KubeObject, ResourceEntry } from '@kubets/api-types'

/** Between objects and the store's bytes, per kind. */
export interface Codec {
  /** Reads stored (or answered) bytes: parsed, defaulted. */
  decode(entry: ResourceEntry, bytes: Uint8Array): KubeObject
  /** Canonical bytes without a resourceVersion. */
  encode(entry: ResourceEntry, object: KubeObject): Buffer
  /** Sets the kind's defaults in place. */
  applyDefaults(entry: ResourceEntry, object: KubeObject): void
}

export function createCodec(): Codec {
  return {
    decode(entry, bytes) {
      const object = JSON.parse(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
      ) as KubeObject
      entry.applyDefaults(object)
      return object
    },
    encode(entry, object) {
      const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object
      const {
        name,
        generateName,
        namespace,
        uid,
        resourceVersion: _revision,
        generation,
        creationTimestamp,
        ...more
      } = metadata ?? {}
      return Buffer.from(
        JSON.stringify({
          kind: entry.kind,
          apiVersion: entry.group === '' ? entry.version : `${entry.group}/${entry.version}`,
          metadata: { name, generateName, namespace, uid, generation, creationTimestamp, ...more },
          ...rest,
        }),
      )
    },
    applyDefaults: (entry, object) => entry.applyDefaults(object),
  }
}
