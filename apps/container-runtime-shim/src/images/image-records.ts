import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageRecord } from './contract.ts'
import { digestOf, hexOf } from './digest.ts'
import type { ImageEntry, StoreIndex } from './index-file.ts'
import { type ImageDocument, parseConfig } from './oci.ts'

/** An image as it is held in memory. */
export interface StoredImage {
  record: ImageRecord
  document: ImageDocument
}

/** Reads every image's configuration when the store opens. */
export async function loadImages(
  index: StoreIndex,
  blobs: string,
  folder: (diffID: string) => string,
): Promise<Map<string, StoredImage>> {
  const images = new Map<string, StoredImage>()
  for (const [id, entry] of index.images) {
    const bytes = await readFile(join(blobs, hexOf(id)))
    if (digestOf(bytes) !== id)
      throw new Error(`image store: the configuration of ${id} is damaged: remove the store's folder and pull again`)
    const document = parseConfig(bytes)
    images.set(id, { record: makeRecord(id, entry, document, index, folder, bytes), document })
  }
  return images
}

export function makeRecord(
  id: string,
  entry: ImageEntry,
  document: ImageDocument,
  index: StoreIndex,
  folder: (diffID: string) => string,
  bytes: Uint8Array,
): ImageRecord {
  const layerBytes = entry.layers.reduce((sum, diffID) => sum + (index.layers.get(diffID)?.size ?? 0), 0)
  return {
    id,
    ...splitReferences(entry.references),
    size: layerBytes + bytes.length,
    config: document.config ?? {},
    layers: entry.layers.map(folder),
  }
}

export function splitReferences(references: readonly string[]): { repoTags: string[]; repoDigests: string[] } {
  return {
    repoTags: references.filter(r => !r.includes('@')).sort(),
    repoDigests: references.filter(r => r.includes('@')).sort(),
  }
}
