/** Encryption at rest: values are sealed and opened between the api-server and the store, as an EncryptionConfiguration says. */
import type { Encryption, EncryptionOptions } from './encryption.ts'

export { encryptedStore } from './encrypted-store.ts'
export type { Encryption, EncryptionOptions } from './encryption.ts'
export { exponentialBuckets, Histogram, type MetricFamily, type MetricValue } from './metrics.ts'
export { type KindOfKey, ResourceTransformers } from './resource-transformers.ts'
export { type GroupResource, UnreadableValueError } from './transformer.ts'

/**
 * Reads an EncryptionConfiguration and makes what it describes; fails with upstream's words when it is wrong. With `reload` the file is read
 * again when it changes. What it needs is loaded by this call, not by the import.
 */
export async function startEncryption(options: EncryptionOptions): Promise<Encryption> {
  return (await import('./encryption.ts')).startEncryption(options)
}
