import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ImageConfig } from '../contract.ts'
import { digestOf } from '../digest.ts'
import { type Descriptor, hostPlatform, mediaTypes } from '../oci.ts'
import { makeTar } from './make-tar.ts'

/** An image in memory: its blobs by digest. */
export interface TestImage {
  blobs: Map<string, Buffer>
  config: Descriptor
  manifest: Descriptor
  layers: Descriptor[]
  diffIDs: string[]
}

export interface TestImageOptions {
  config?: ImageConfig
  architecture?: string
  /** What is done to each layer's tar before it becomes a blob: gzip, zstd. Default: nothing. */
  compress?: (tar: Buffer) => Buffer
}

export function makeImage(layerTars: readonly Buffer[], options: TestImageOptions = {}): TestImage {
  const blobs = new Map<string, Buffer>()
  const blob = (mediaType: string, content: Buffer): Descriptor => {
    const digest = digestOf(content)
    blobs.set(digest, content)
    return { mediaType, digest, size: content.length }
  }
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const diffIDs = layerTars.map(digestOf)
  const layers = layerTars.map(tar =>
    blob('application/vnd.oci.image.layer.v1.tar', options.compress ? options.compress(tar) : tar),
  )
  const config = blob(
    'application/vnd.oci.image.config.v1+json',
    json({
      architecture: options.architecture ?? hostPlatform().architecture,
      os: 'linux',
      config: options.config ?? { Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: diffIDs },
    }),
  )
  const mediaType = mediaTypes.ociManifest
  const manifest = blob(mediaType, json({ schemaVersion: 2, mediaType, config, layers }))
  return { blobs, config, manifest, layers, diffIDs }
}

/** Several platforms' images under one index. */
export function makeIndex(images: readonly { image: TestImage; architecture: string }[]): {
  blobs: Map<string, Buffer>
  index: Descriptor
} {
  const mediaType = mediaTypes.ociIndex
  const manifests = images.map(({ image, architecture }) => ({
    ...image.manifest,
    platform: { os: 'linux', architecture },
  }))
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  const blobs = new Map(images.flatMap(({ image }) => [...image.blobs]))
  blobs.set(digestOf(bytes), bytes)
  return { blobs, index: { mediaType, digest: digestOf(bytes), size: bytes.length } }
}

/** The files of an OCI layout by name. */
export function layoutFiles(
  blobs: ReadonlyMap<string, Buffer>,
  tops: readonly { descriptor: Descriptor; name?: string }[],
): Map<string, Buffer> {
  const manifests = tops.map(({ descriptor, name }) =>
    name === undefined ? descriptor : { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': name } },
  )
  const files = new Map<string, Buffer>()
  for (const [digest, content] of blobs) files.set(`blobs/${digest.replace(':', '/')}`, content)
  files.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })))
  files.set('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
  return files
}

/** The files of a `docker save` archive by name, `manifest.json` last as Docker writes it. */
export function dockerFiles(images: readonly { image: TestImage; tags: string[] }[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const manifest = images.map(({ image, tags }) => {
    const config = `${image.config.digest.slice(7)}.json`
    files.set(config, image.blobs.get(image.config.digest) as Buffer)
    const layers = image.layers.map(layer => {
      const name = `${layer.digest.slice(7, 23)}/layer.tar`
      files.set(name, image.blobs.get(layer.digest) as Buffer)
      return name
    })
    return { Config: config, RepoTags: tags, Layers: layers }
  })
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)))
  return files
}

export function tarOf(files: ReadonlyMap<string, Buffer>): Buffer {
  return makeTar([...files].map(([name, content]) => ({ name, content })))
}

export async function writeFolder(folder: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
}
