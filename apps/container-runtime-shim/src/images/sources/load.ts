import { createReadStream, createWriteStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ImageRecord } from '../contract.ts'
import type { AddOptions, ImageContent } from '../image-content.ts'
import { InvalidImageError } from '../oci.ts'
import type { WritableImageStore } from '../store.ts'
import { compressionOf, decompress } from '../unpack/decompress.ts'
import { type ArchiveFiles, openFolder, openTar } from './archive-files.ts'
import { readDockerArchive } from './docker-archive.ts'
import { type OciLayoutOptions, readOciLayout } from './oci-layout.ts'

export type LoadOptions = AddOptions & OciLayoutOptions

/**
 * Loads every image of an archive: `docker save` or OCI layout, as a tar (plain, gzip, zstd) or a folder. Layers that are
 * there already are not read. From a stream the archive is first written to the store's ingest folder, since its table
 * of contents may come last.
 */
export async function loadImages(
  store: WritableImageStore,
  archive: string | AsyncIterable<Uint8Array>,
  options: LoadOptions = {},
): Promise<ImageRecord[]> {
  await using undo = new AsyncDisposableStack()
  const files = undo.use(await openArchive(store, archive, undo, options.signal))
  const contents = await readContents(files, options)
  const records: ImageRecord[] = []
  for (const content of contents) records.push(await store.add(content, options))
  return records
}

async function openArchive(
  store: WritableImageStore,
  archive: string | AsyncIterable<Uint8Array>,
  undo: AsyncDisposableStack,
  signal: AbortSignal | undefined,
): Promise<ArchiveFiles> {
  if (typeof archive === 'string') {
    if ((await stat(archive)).isDirectory()) return openFolder(archive)
    if ((await compressionOfFile(archive)) === 'none') return openTar(archive)
    archive = createReadStream(archive)
  }
  const spooled = join(store.ingest, `load-${crypto.randomUUID()}.tar`)
  undo.defer(() => rm(spooled, { force: true }))
  await pipeline(decompress(archive), createWriteStream(spooled, { mode: 0o600 }), signal ? { signal } : {})
  return openTar(spooled)
}

async function readContents(files: ArchiveFiles, options: OciLayoutOptions): Promise<ImageContent[]> {
  // Docker ≥ 25 writes both into one archive; the layout carries digests, so it goes first
  if (await files.has('index.json')) return readOciLayout(files, options)
  if (await files.has('manifest.json')) return readDockerArchive(files)
  throw new InvalidImageError(
    'unrecognized image format: neither manifest.json (docker save) nor index.json (OCI layout) was found',
  )
}

async function compressionOfFile(path: string): Promise<'gzip' | 'zstd' | 'none'> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(4)
    await file.read(head, 0, 4, 0)
    return compressionOf(head)
  } finally {
    await file.close()
  }
}
