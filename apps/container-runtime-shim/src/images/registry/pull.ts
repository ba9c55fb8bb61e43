import { readFile, rm } from 'node:fs/promises'
import type { Clock } from '@kubets/component'
import type { ImageRecord } from '../contract.ts'
import type { LayerProgress } from '../image-content.ts'
import {
  type ImageManifest,
  InvalidImageError,
  isImageIndex,
  isManifest,
  matchPlatform,
  type Platform,
  parseManifest,
} from '../oci.ts'
import { formatReference, parseReference, repositoryOf } from '../reference.ts'
import type { WritableImageStore } from '../store.ts'
import { createRegistryClient, type RegistryClient } from './client.ts'
import { credentialsFor, type RegistryAuth } from './credentials.ts'
import { type Dial, directDial } from './dial.ts'
import { downloadBlob } from './download.ts'
import { RegistryError } from './errors.ts'
import { endpointsOf, type RegistryConfig } from './hosts.ts'
import { createHttpClient } from './http.ts'

export interface PullOptions {
  auth?: RegistryAuth | null
  registries?: RegistryConfig
  /** How connections are made. Default: from this process. */
  dial?: Dial
  platform?: Platform
  signal?: AbortSignal
  onProgress?: (progress: PullProgress) => void
  clock?: Clock
  /** Milliseconds without a byte after which a connection is given up and made anew. Default one minute. */
  idleTimeoutMs?: number
}

export type PullProgress =
  | ({ kind: 'layer' } & LayerProgress)
  | { kind: 'bytes'; digest: string; bytes: number; total: number }

/** Pulls an image into the store. The messages of what goes wrong are containerd's. */
export async function pullImage(
  store: WritableImageStore,
  name: string,
  options: PullOptions = {},
): Promise<ImageRecord> {
  const reference = parseReference(name)
  const full = formatReference(reference)
  const signal = options.signal ?? new AbortController().signal
  using http = createHttpClient({
    dial: options.dial ?? directDial(),
    ...(options.registries?.ca ? { ca: options.registries.ca } : {}),
    ...(options.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.idleTimeoutMs }),
  })
  const credentials = credentialsFor(options.auth, reference.domain)
  const client = createRegistryClient({
    reference,
    endpoints: endpointsOf(reference.domain, options.registries ?? {}),
    http,
    signal,
    ...(credentials ? { credentials } : {}),
    ...(options.clock ? { clock: options.clock } : {}),
  })
  const wrap = (error: unknown, what: string): Error => {
    if (signal.aborted) return signal.reason as Error
    const message = `failed to pull and unpack image "${full}": ${what}${error instanceof Error ? error.message : error}`
    return new RegistryError(error instanceof RegistryError ? error.kind : 'unexpected', message, { cause: error })
  }
  const top = await client.resolve().catch((error: unknown) => {
    throw wrap(error, `failed to resolve reference "${full}": `)
  })
  try {
    const references = [full, `${repositoryOf(reference)}@${top.digest}`]
    const present = store.resolve(`${repositoryOf(reference)}@${top.digest}`)
    if (present !== undefined) return (await store.tag(present.id, references)) ?? (await fetchImage())
    return await fetchImage()

    async function fetchImage(): Promise<ImageRecord> {
      const { manifest, bytes } = await findManifest(client, top, options.platform)
      const { onProgress } = options
      const download = { client, folder: store.ingest, ...(options.clock ? { clock: options.clock } : {}) }
      if (!(manifest.config.size >= 0 && manifest.config.size <= maxConfigBytes))
        throw new InvalidImageError(`an image configuration of ${manifest.config.size} bytes is refused`)
      const configPath = await downloadBlob({ ...download, blob: manifest.config, what: 'config', signal })
      const config = await readFile(configPath)
      await rm(configPath, { force: true })
      return store.add(
        {
          references,
          manifest: bytes,
          config,
          layers: manifest.layers.map(layer => ({
            async open(stop) {
              const path = await downloadBlob({
                ...download,
                blob: layer,
                what: 'layer',
                signal: stop,
                onBytes: bytes => onProgress?.({ kind: 'bytes', digest: layer.digest, bytes, total: layer.size }),
              })
              return { path, start: 0, release: () => rm(path, { force: true }) }
            },
          })),
        },
        { signal, ...(onProgress ? { onProgress: p => onProgress({ kind: 'layer', ...p }) } : {}) },
      )
    }
  } catch (error) {
    throw wrap(error, '')
  }
}

async function findManifest(
  client: RegistryClient,
  top: { digest: string; mediaType?: string; bytes?: Buffer },
  platform: Platform | undefined,
): Promise<{ manifest: ImageManifest; bytes: Buffer }> {
  let digest = top.digest
  let { bytes, mediaType } = top
  for (let depth = 0; depth < 4; depth++) {
    const fetched = bytes === undefined ? await client.manifest(digest) : { bytes, mediaType }
    const document = parseManifest(fetched.bytes, fetched.mediaType)
    if (!isImageIndex(document)) {
      if (!isManifest(document.mediaType)) throw new InvalidImageError(`unexpected media type ${document.mediaType}`)
      return { manifest: document, bytes: fetched.bytes }
    }
    const next = matchPlatform(document, platform)[0]
    if (next === undefined)
      throw new RegistryError('not-found', `no match for platform in manifest ${digest}: not found`)
    digest = next.digest
    bytes = undefined
    mediaType = next.mediaType
  }
  throw new InvalidImageError('image indexes nested too deeply')
}

const maxConfigBytes = 8 << 20
