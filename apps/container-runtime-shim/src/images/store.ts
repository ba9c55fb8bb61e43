import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageRecord, ImageStore } from './contract.ts'
import { type ImageEntry, readIndex, type StoreIndex, writeFileAtomic, writeIndex } from './index-file.ts'
import { type LayerBlob, openLayers } from './layers.ts'
import { type ImageDocument, InvalidImageError, parseConfig } from './oci.ts'
import { normalizeReference, parseReference, repositoryOf } from './reference.ts'
import { createUnpacker, type UnpackerOptions } from './unpacker.ts'

export interface ImageStoreOptions {
  /** Folder of the store; made when it is not there. One process at a time. */
  root: string
  /** Command line of the process that unpacks. */
  unpackCommand?: readonly string[]
}

/** An image on its way into the store, from whichever source. */
export interface ImageContent {
  /** Full references that shall name the image, tags and digests. */
  references: readonly string[]
  /** The configuration's bytes; their digest is the image's id. */
  config: Uint8Array
  /** The manifest's bytes, where the source has one. */
  manifest?: Uint8Array
  /** As many as the configuration's `diff_ids`; `open` is called only for layers that are not in the store yet. */
  layers: readonly { open(signal: AbortSignal): Promise<LayerBlob> }[]
}

export interface LayerProgress {
  diffID: string
  status: 'present' | 'fetching' | 'unpacking' | 'done'
  /** Layers of the image that are done, of how many. */
  done: number
  total: number
}

export interface AddOptions {
  signal?: AbortSignal
  onProgress?: (progress: LayerProgress) => void
  /** Layers fetched at the same time. Default 3, as containerd and Docker. */
  concurrency?: number
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

interface StoredImage {
  record: ImageRecord
  document: ImageDocument
}

export async function openImageStore(options: ImageStoreOptions): Promise<WritableImageStore> {
  const { root } = options
  const blobs = join(root, 'blobs', 'sha256')
  const ingest = join(root, 'ingest')
  const indexPath = join(root, 'index.json')
  for (const folder of [blobs, ingest]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const index = await readIndex(indexPath)
  const save = saver(indexPath, index)
  await clearIngest(ingest)
  const layers = await openLayers(root, index, save)
  const images = await loadImages(index, blobs, layer => layers.folder(layer))
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

  return {
    layersDir: root,
    ingest,
    resolve: reference => resolve(reference, index, images),
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
        await fetchLayers(content, diffIDs, addOptions)
        return await exclusively(() => commit(id, document, content, references))
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
    },
  }

  async function commit(id: string, document: ImageDocument, content: ImageContent, references: readonly string[]) {
    const manifest = content.manifest === undefined ? undefined : digestOf(content.manifest)
    await writeFileAtomic(join(blobs, hexOf(id)), content.config)
    if (content.manifest && manifest) await writeFileAtomic(join(blobs, hexOf(manifest)), content.manifest)
    // from here to save() one synchronous stretch: a tag names one image at any time
    const before = index.images.get(id)
    const entry: ImageEntry = { references: before?.references ?? [], layers: [...document.rootfs.diff_ids] }
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
    const record = resolve(reference, index, images)
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

  async function fetchLayers(content: ImageContent, diffIDs: readonly string[], options: AddOptions) {
    const { signal, concurrency = 3, onProgress = () => undefined } = options
    const total = diffIDs.length
    let done = 0
    const stop = new AbortController()
    const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
    await using unpacker = createUnpacker({ ...unpacking, signal: both })
    const waiting = diffIDs.map((diffID, i) => ({ diffID, open: content.layers[i]?.open }))
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        both.throwIfAborted()
        const { diffID, open } = next
        const present = layers.has(diffID)
        const fetch = async () => {
          if (open === undefined) throw new InvalidImageError(`layer ${diffID} has no content`)
          onProgress({ diffID, status: 'fetching', done, total })
          const blob = await open(both)
          onProgress({ diffID, status: 'unpacking', done, total })
          return blob
        }
        await layers.ensure(diffID, fetch, unpacker)
        onProgress({ diffID, status: present ? 'present' : 'done', done: ++done, total })
      }
    }
    const workers = Array.from({ length: Math.min(concurrency, waiting.length) }, () =>
      worker().catch(error => {
        stop.abort(error) // one broken layer ends the others
        throw error
      }),
    )
    const results = await Promise.allSettled(workers)
    both.throwIfAborted()
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length)
}

/** Writes the index once for all changes that came while the last write ran; each caller waits for a write that began after its change. */
function saver(path: string, index: StoreIndex): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    running = writeIndex(path, index).finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (running === undefined) return start()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}

async function loadImages(
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

function makeRecord(
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

function splitReferences(references: readonly string[]): { repoTags: string[]; repoDigests: string[] } {
  return {
    repoTags: references.filter(r => !r.includes('@')).sort(),
    repoDigests: references.filter(r => r.includes('@')).sort(),
  }
}

function resolve(
  reference: string,
  index: StoreIndex,
  images: ReadonlyMap<string, StoredImage>,
): ImageRecord | undefined {
  const byId = (id: string) => (index.images.get(id)?.removed ? undefined : images.get(id)?.record)
  const direct = byId(reference)
  if (direct !== undefined) return direct
  const full = fullReference(reference)
  if (full !== undefined) {
    for (const [id, entry] of index.images) if (entry.references.includes(full)) return byId(id)
    // name@id: the configuration's digest beside a name
    const parsed = parseReference(reference)
    const named = parsed.digest === undefined ? undefined : byId(parsed.digest)
    if (named?.repoTags.some(tag => repositoryOf(parseReference(tag)) === repositoryOf(parsed))) return named
  }
  const hex = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(reference)?.[1]
  if (hex === undefined) return undefined
  const matches = [...images.keys()].filter(id => hexOf(id).startsWith(hex) && byId(id) !== undefined)
  return matches.length === 1 ? byId(matches[0] as string) : undefined
}

function fullReference(text: string): string | undefined {
  try {
    return normalizeReference(text)
  } catch {
    return undefined
  }
}

async function removeStrayBlobs(index: StoreIndex, blobs: string): Promise<void> {
  const needed = new Set<string>()
  for (const [id, entry] of index.images) {
    needed.add(hexOf(id))
    if (entry.manifest !== undefined) needed.add(hexOf(entry.manifest))
  }
  for (const name of await readdir(blobs)) if (!needed.has(name)) await rm(join(blobs, name), { force: true })
}

/** Archives that a crash left go at once, parts of downloads after a day: until then a new pull goes on with them. */
async function clearIngest(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const age = Date.now() - (await stat(path)).mtimeMs
    if (!name.startsWith('sha256-') || age > 24 * 3_600_000) await rm(path, { recursive: true, force: true })
  }
}
