import type { AddOptions, ImageContent } from './image-content.ts'
import type { Layers } from './layers.ts'
import { InvalidImageError } from './oci.ts'
import { createUnpacker, type UnpackerOptions } from './unpacker.ts'

/**
 * Brings every layer of an image that is not there yet, several at a time; the first failure ends the others. Gives the
 * layers to mount, which may be one more. They are held for the owner.
 */
export async function fetchLayers(
  content: ImageContent,
  diffIDs: readonly string[],
  layers: Layers,
  owner: string,
  unpacking: UnpackerOptions,
  options: AddOptions,
): Promise<string[]> {
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
  const folders = await layers.restoreFolders(owner, diffIDs, unpacker)
  return folders === undefined ? [...diffIDs] : [...diffIDs, folders]
}
