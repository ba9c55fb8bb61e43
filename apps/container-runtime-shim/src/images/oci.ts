import type { ImageConfig } from './contract.ts'

/** What the OCI image specification (v1.1) and Docker's image formats have in common. */

export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const

export interface Platform {
  architecture: string
  os: string
  variant?: string
}

export interface Descriptor {
  mediaType?: string
  digest: string
  /** Bytes. */
  size: number
  platform?: Platform
  annotations?: Record<string, string>
}

export interface ImageManifest {
  schemaVersion: number
  mediaType?: string
  config: Descriptor
  layers: Descriptor[]
}

export interface ImageIndex {
  schemaVersion: number
  mediaType?: string
  manifests: Descriptor[]
}

/** The image configuration document; what starts containers is in `config`. */
export interface ImageDocument {
  created?: string
  architecture?: string
  os?: string
  variant?: string
  config?: ImageConfig
  rootfs: { type: string; diff_ids: string[] }
}

/** Something that was given as an image is none, or not one for this machine. */
export class InvalidImageError extends Error {
  override readonly name = 'InvalidImageError'
}

const digestForm = /^sha256:[0-9a-f]{64}$/

/** Throws unless the text is a sha256 digest: only those can be checked here, and they become file names. */
export function assertDigest(digest: unknown): asserts digest is string {
  if (typeof digest !== 'string' || !digestForm.test(digest))
    throw new InvalidImageError(`invalid digest ${JSON.stringify(digest)}: sha256 is expected`)
}

/** The manifests of an index that fit this machine, best first; entries without a platform fit last. */
export function matchPlatform(index: ImageIndex, platform: Platform = hostPlatform()): Descriptor[] {
  const rank = (d: Descriptor): number => {
    if (!isManifest(d.mediaType) && !isIndex(d.mediaType)) return -1
    if (d.platform === undefined) return 0
    if (d.platform.os !== platform.os || d.platform.architecture !== platform.architecture) return -1
    if ((d.platform.variant ?? '') === (platform.variant ?? '')) return 3
    // v8 is what arm64 means when nothing is said; amd64/v1 likewise
    const plain = ['', platform.architecture === 'arm64' ? 'v8' : 'v1']
    return plain.includes(d.platform.variant ?? '') && plain.includes(platform.variant ?? '') ? 2 : -1
  }
  return index.manifests
    .map(descriptor => ({ descriptor, rank: rank(descriptor) }))
    .filter(m => m.rank >= 0)
    .sort((a, b) => b.rank - a.rank)
    .map(m => m.descriptor)
}

export function hostPlatform(): Platform {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' }
  return { os: 'linux', architecture: names[process.arch] ?? process.arch }
}

export function isIndex(mediaType: string | undefined): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerList
}

export function isManifest(mediaType: string | undefined): boolean {
  return mediaType === undefined || mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest
}

/** Reads a manifest or index; the media type may be missing in the document itself (OCI 1.0). */
export function parseManifest(bytes: Uint8Array, mediaType?: string): ImageManifest | ImageIndex {
  const document = parseJson(bytes, 'manifest')
  const type = (document.mediaType as string | undefined) ?? mediaType
  if (document.schemaVersion === 1)
    throw new InvalidImageError(
      `unsupported manifest media type ${mediaTypes.dockerSchema1}: build or push the image anew`,
    )
  if (Array.isArray(document.manifests) && !isManifestOnly(type)) return document as unknown as ImageIndex
  const manifest = document as unknown as ImageManifest
  if (!Array.isArray(manifest.layers) || typeof manifest.config !== 'object' || manifest.config === null)
    throw new InvalidImageError(`not an image manifest (media type ${type ?? 'unknown'})`)
  assertDigest(manifest.config.digest)
  for (const layer of manifest.layers) assertDigest(layer.digest)
  return manifest
}

function isManifestOnly(mediaType: string | undefined): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest
}

export function isImageIndex(document: ImageManifest | ImageIndex): document is ImageIndex {
  return 'manifests' in document && !('layers' in document)
}

export function parseConfig(bytes: Uint8Array): ImageDocument {
  const config = parseJson(bytes, 'image configuration') as unknown as ImageDocument
  if (!Array.isArray(config.rootfs?.diff_ids))
    throw new InvalidImageError('the image configuration has no rootfs.diff_ids: not a container image')
  for (const diffID of config.rootfs.diff_ids) assertDigest(diffID)
  return config
}

export function parseJson(bytes: Uint8Array, what: string): Record<string, unknown> {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new InvalidImageError(`malformed ${what}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new InvalidImageError(`malformed ${what}: not an object`)
  return document as Record<string, unknown>
}
