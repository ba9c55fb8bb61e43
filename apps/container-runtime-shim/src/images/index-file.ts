import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One image as it stands in the index. */
export interface ImageEntry {
  /** Full references, tags and digests: `docker.io/library/busybox:1`, `docker.io/library/busybox@sha256:…`. */
  references: string[]
  /** Digest of the manifest that was unpacked, when there was one. */
  manifest?: string
  /** diffIDs from the lowest layer to the topmost, where needed followed by a `folders:…` one. */
  layers: string[]
  /** Removed while containers used it: nobody finds it any more, its layers stay until the last of them is gone. */
  removed?: true
}

export interface LayerEntry {
  /** The folder is `l/<n>`. */
  n: number
  /** Bytes of all files. */
  size: number
  inodes: number
  /** Folders that the layer does not name itself (see `unpack/implied-folders.ts`). */
  implied?: string[]
  /** The boot in which it was unpacked, until its files are known to be on disk. */
  boot?: string
}

/** State of the store: images by id, layers by diffID. */
export interface StoreIndex {
  /** Never used twice, so that a folder that is still being removed is never taken for a new one. */
  nextLayer: number
  images: Map<string, ImageEntry>
  layers: Map<string, LayerEntry>
}

interface IndexFileV1 {
  version: 1
  nextLayer: number
  images: Record<string, ImageEntry>
  layers: Record<string, LayerEntry>
}

/** Reads the index; an absent file is an empty store. Throws when the file is broken or newer than this program. */
export async function readIndex(path: string): Promise<StoreIndex> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { nextLayer: 1, images: new Map(), layers: new Map() }
    throw error
  }
  let file: IndexFileV1
  try {
    file = JSON.parse(text) as IndexFileV1
  } catch (error) {
    throw new Error(`image store: ${path} is damaged; remove ${dirname(path)} and pull or load the images again`, {
      cause: error,
    })
  }
  if (file.version !== 1)
    throw new Error(`image store: ${path} has version ${file.version}, this program reads version 1: use a newer one`)
  return {
    nextLayer: file.nextLayer,
    images: new Map(Object.entries(file.images)),
    layers: new Map(Object.entries(file.layers)),
  }
}

/**
 * Saves an index: one write at a time, so that an older state never overtakes a newer one; changes that come while a
 * write runs share the next. Each caller waits for a write that began after its change.
 */
export function indexWriter(path: string, index: StoreIndex): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= last
      .catch(() => undefined)
      .then(() => {
        next = undefined
        last = writeIndex(path, index)
        return last
      })
    return next
  }
}

/** Writes the index so that a crash leaves the old one or the new one, never a half. */
async function writeIndex(path: string, index: StoreIndex): Promise<void> {
  const file: IndexFileV1 = {
    version: 1,
    nextLayer: index.nextLayer,
    images: Object.fromEntries(index.images),
    layers: Object.fromEntries(index.layers),
  }
  await writeFileAtomic(path, `${JSON.stringify(file, null, 1)}\n`)
}

/** Whole or not at all, also after a power cut. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${process.pid}-${crypto.randomUUID()}.tmp`)
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
