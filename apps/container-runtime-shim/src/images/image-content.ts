import type { LayerBlob } from './layers.ts'

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
