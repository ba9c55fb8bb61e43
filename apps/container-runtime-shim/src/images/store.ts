import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@kubets/component'
import type { ImageRecord, ImageStore } from './contract.ts'
import { digestOf, hexOf } from './digest.ts'
import { createDurability, currentBoot, dropUntrusted } from './durability.ts'
import { fetchLayers } from './fetch-layers.ts'
import { findImage, fullReference } from './find-image.ts'
import type { AddOptions, ImageContent } from './image-content.ts'
import { loadImages, makeRecord, splitReferences } from './image-records.ts'
import { type ImageEntry, indexWriter, readIndex, writeFileAtomic } from './index-file.ts'
import { openLayers } from './layers.ts'
import { clearIngest, removeStrayBlobs } from './leftovers.ts'
import { type ImageDocument, InvalidImageError, parseConfig } from './oci.ts'
import { normalizeReference } from './reference.ts'
import type { UnpackerOptions } from './unpacker.ts'

export interface ImageStoreOptions {
  /** Folder of the store; made when it is not there. One process at a time. */
  root: string
  /** Command line of the process that unpacks. */
  unpackCommand?: readonly string[]
  clock?: Clock
  /** Identity of the machine's current boot. Default: the kernel's `boot_id`. */
  boot?: string
}

export interface ImageUsage {
  /** Bytes. */
  used: number
  inodes: number
}

/** The store with all that sources and the image service need; the runtime service sees it as {@link ImageStore}. */
export interface WritableImageStore extends ImageStore, AsyncDisposable {
  /** Folder for files on their way in; emptied of what is older than a day when the store opens. */
  readonly ingest: string
  /** All images, also those that lost their last tag. */
  list(): ImageRecord[]
  /** The image's whole configuration document. */
  document(id: string): ImageDocument | undefined
  /**
   * Fetches and unpacks what is missing and names the image; a reference moves here from the image that had it. When
   * it fails only whole layers stay, until the next garbage collection: another try goes on with them.
   */
  add(content: ImageContent, options?: AddOptions): Promise<ImageRecord>
  /** Gives an image more names; `undefined` when it has gone meanwhile. */
  tag(id: string, references: readonly string[]): Promise<ImageRecord | undefined>
  /**
   * Removes a tag; the image goes with its last one. By id or digest: the image and all its references. Idempotent.
   * Layers that containers hold stay until they are released.
   */
  remove(reference: string): Promise<void>
  usage(): ImageUsage
}

export async function openImageStore(options: ImageStoreOptions): Promise<WritableImageStore> {
  const { root } = options
  const blobs = join(root, 'blobs', 'sha256')
  const ingest = join(root, 'ingest')
  const indexPath = join(root, 'index.json')
  for (const folder of [blobs, ingest]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const index = await readIndex(indexPath)
  const boot = options.boot ?? (await currentBoot())
  dropUntrusted(index, boot)
  const save = indexWriter(indexPath, index)
  await clearIngest(ingest)
  await using undo = new AsyncDisposableStack()
  const durability = undo.use(
    createDurability({ root, index, save, boot, ...(options.clock ? { clock: options.clock } : {}) }),
  )
  const layers = await openLayers(root, index, save, durability)
  const images = await loadImages(index, blobs, layer => layers.folder(layer))
  await Promise.all(layers.takeGarbage().map(run => run()))
  await save()
  await removeStrayBlobs(index, blobs)
  // changes of names and blobs one after another: what one writes before its index entry stands, another must not sweep
  let last: Promise<unknown> = Promise.resolve()
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
  const removals = new Set<Promise<void>>()
  const unpacking: UnpackerOptions = options.unpackCommand === undefined ? {} : { command: options.unpackCommand }

  const holds = new Map<string, number>()
  const sweep = async (gone: (id: string) => boolean) => {
    for (const [id, entry] of index.images)
      if (entry.removed && !holds.has(id) && gone(id)) {
        index.images.delete(id)
        images.delete(id)
      }
    const garbage = layers.takeGarbage()
    await save()
    await removeStrayBlobs(index, blobs)
    inBackground(Promise.all(garbage.map(run => run())))
  }
  const inBackground = (work: Promise<unknown>) => {
    // what fails is swept at the next start
    const tracked = work.then(
      () => undefined,
      () => undefined,
    )
    removals.add(tracked)
    tracked.finally(() => removals.delete(tracked))
  }
  const refresh = (id: string) => {
    const entry = index.images.get(id)
    const image = images.get(id)
    if (entry && image) images.set(id, { ...image, record: { ...image.record, ...splitReferences(entry.references) } })
  }

  const all = undo.move()
  return {
    layersDir: root,
    ingest,
    resolve: reference => findImage(reference, index, images),
    list: () => [...images.values()].map(image => image.record).filter(({ id }) => !index.images.get(id)?.removed),
    document: id => images.get(id)?.document,
    hold(imageId) {
      const id = imageId.startsWith('sha256:') ? imageId : `sha256:${imageId}`
      if (!index.images.has(id)) throw new Error(`image ${imageId} is not on this node`)
      holds.set(id, (holds.get(id) ?? 0) + 1)
      let held = true
      return {
        [Symbol.dispose]() {
          if (!held) return
          held = false
          const left = (holds.get(id) ?? 1) - 1
          if (left > 0) return void holds.set(id, left)
          holds.delete(id)
          // only this one: after a restart others' holders may not have come back yet
          if (index.images.get(id)?.removed) inBackground(exclusively(() => sweep(other => other === id)))
        },
      }
    },
    usage() {
      const usage = { used: 0, inodes: 0 }
      for (const layer of index.layers.values()) {
        usage.used += layer.size
        usage.inodes += layer.inodes
      }
      return usage
    },

    async add(content, addOptions = {}) {
      const id = digestOf(content.config)
      const document = parseConfig(content.config)
      const diffIDs = document.rootfs.diff_ids
      if (diffIDs.length !== content.layers.length)
        throw new InvalidImageError(`mismatched image rootfs and manifest layers`)
      const references = content.references.map(normalizeReference)
      const owner = `add-${crypto.randomUUID()}`
      layers.hold(owner, diffIDs)
      try {
        const mounted = await fetchLayers(content, diffIDs, layers, owner, unpacking, addOptions)
        return await exclusively(() => commit(id, document, content, references, mounted))
      } finally {
        layers.release(owner)
      }
    },

    tag: (id, references) =>
      exclusively(async () => {
        const entry = index.images.get(id)
        if (entry === undefined || entry.removed) return undefined
        name(id, entry, references.map(normalizeReference))
        refresh(id)
        await save()
        return images.get(id)?.record
      }),
    remove: reference => exclusively(() => remove(reference)),

    async [Symbol.asyncDispose]() {
      await Promise.all(removals)
      await all.disposeAsync()
    },
  }

  async function commit(
    id: string,
    document: ImageDocument,
    content: ImageContent,
    references: readonly string[],
    mounted: string[],
  ) {
    const manifest = content.manifest === undefined ? undefined : digestOf(content.manifest)
    await writeFileAtomic(join(blobs, hexOf(id)), content.config)
    if (content.manifest && manifest) await writeFileAtomic(join(blobs, hexOf(manifest)), content.manifest)
    // from here to save() one synchronous stretch: a tag names one image at any time
    const before = index.images.get(id)
    const entry: ImageEntry = { references: before?.references ?? [], layers: mounted }
    const chosen = manifest ?? before?.manifest
    if (chosen !== undefined) entry.manifest = chosen
    index.images.set(id, entry)
    name(id, entry, references)
    const record = makeRecord(id, entry, document, index, layer => layers.folder(layer), content.config)
    images.set(id, { record, document })
    await save()
    return record
  }

  /** Adds names, taking them from the images that had them. */
  function name(id: string, entry: ImageEntry, references: readonly string[]): void {
    entry.references = [...new Set([...entry.references, ...references])].sort()
    for (const [otherId, other] of index.images) {
      if (otherId === id || !other.references.some(r => references.includes(r))) continue
      other.references = other.references.filter(r => !references.includes(r))
      refresh(otherId)
    }
  }

  async function remove(reference: string): Promise<void> {
    const record = findImage(reference, index, images)
    const entry = record && index.images.get(record.id)
    if (record === undefined || entry === undefined) return
    const full = fullReference(reference)
    const isTag = full !== undefined && !full.includes('@') && entry.references.includes(full)
    const left = isTag ? entry.references.filter(r => r !== full) : []
    if (left.some(r => !r.includes('@'))) {
      entry.references = left
      refresh(record.id)
      await save()
      return
    }
    entry.references = []
    entry.removed = true
    await sweep(() => true)
  }
}
