import { digestOf } from '../digest.ts'
import type { ImageContent } from '../image-content.ts'
import {
  assertDigest,
  type Descriptor,
  type ImageIndex,
  InvalidImageError,
  isImageIndex,
  matchPlatform,
  type Platform,
  parseManifest,
} from '../oci.ts'
import { parseReference, repositoryOf } from '../reference.ts'
import type { ArchiveFiles } from './archive-files.ts'

const containerdName = 'io.containerd.image.name'
const refName = 'org.opencontainers.image.ref.name'

export interface OciLayoutOptions {
  platform?: Platform
  /** Repository for images that carry only a tag or no name at all: `docker.io/library/app`. */
  name?: string
}

/** The images of an OCI image layout (image-spec, image-layout.md) that fit this machine. */
export async function readOciLayout(files: ArchiveFiles, options: OciLayoutOptions = {}): Promise<ImageContent[]> {
  const index = parseManifest(await files.read('index.json')) as ImageIndex
  if (!isImageIndex(index)) throw new InvalidImageError('index.json is no image index')
  const found = new Map<string, ImageContent>()
  const failures: Error[] = []
  for (const top of index.manifests) {
    const reference = referenceOf(top, options.name)
    let content: ImageContent
    try {
      content = await readImage(files, top, options.platform)
    } catch (error) {
      if (!(error instanceof NoPlatformError)) throw error
      failures.push(error) // another entry may hold this machine's variant
      continue
    }
    const references = reference === undefined ? [] : [reference, digestReference(reference, top.digest)]
    const key = digestOf(content.config)
    const before = found.get(key)
    found.set(key, { ...content, references: [...new Set([...(before?.references ?? []), ...references])] })
  }
  if (found.size === 0) throw failures[0] ?? new InvalidImageError('the layout holds no image')
  return [...found.values()]
}

/** The archive holds images, but none for this machine. */
export class NoPlatformError extends InvalidImageError {}

async function readImage(files: ArchiveFiles, top: Descriptor, platform?: Platform): Promise<ImageContent> {
  // the entry itself may name its platform
  const first = top.platform === undefined ? top : matchPlatform({ schemaVersion: 2, manifests: [top] }, platform)[0]
  if (first === undefined) throw noMatch(top.digest)
  let descriptor = first
  for (let depth = 0; depth < 4; depth++) {
    const bytes = await readBlob(files, descriptor)
    const document = parseManifest(bytes, descriptor.mediaType)
    if (isImageIndex(document)) {
      const next = matchPlatform(document, platform)[0]
      if (next === undefined) throw noMatch(descriptor.digest)
      descriptor = next
      continue
    }
    return {
      references: [],
      config: await readBlob(files, document.config),
      manifest: bytes,
      layers: document.layers.map(layer => ({ open: () => files.locate(blobName(layer.digest)) })),
    }
  }
  throw new InvalidImageError('image indexes nested too deeply')
}

async function readBlob(files: ArchiveFiles, descriptor: Descriptor): Promise<Buffer> {
  const bytes = await files.read(blobName(descriptor.digest))
  const digest = digestOf(bytes)
  if (digest !== descriptor.digest)
    throw new InvalidImageError(`unexpected commit digest ${digest}, expected ${descriptor.digest}`)
  return bytes
}

function blobName(digest: string): string {
  assertDigest(digest)
  return `blobs/${digest.replace(':', '/')}`
}

/** Full names as containerd and Docker ≥ 25 write them win; skopeo and podman write `name:tag` or a bare tag. */
function referenceOf(descriptor: Descriptor, name: string | undefined): string | undefined {
  const full = descriptor.annotations?.[containerdName]
  if (full !== undefined) return normalize(full)
  const short = descriptor.annotations?.[refName]
  if (short !== undefined && /[:/]/.test(short)) return normalize(short)
  if (name === undefined) return undefined
  return normalize(short === undefined ? name : `${name}:${short}`)
}

function normalize(text: string): string {
  const parsed = parseReference(text)
  return parsed.digest === undefined
    ? `${repositoryOf(parsed)}:${parsed.tag}`
    : `${repositoryOf(parsed)}@${parsed.digest}`
}

function digestReference(reference: string, digest: string): string {
  return `${repositoryOf(parseReference(reference))}@${digest}`
}

function noMatch(digest: string): NoPlatformError {
  return new NoPlatformError(`no match for platform in manifest ${digest}: not found`)
}
