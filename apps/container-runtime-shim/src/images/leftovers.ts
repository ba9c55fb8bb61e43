import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hexOf } from './digest.ts'
import type { StoreIndex } from './index-file.ts'

/** Removes configurations and manifests that no image of the index has. */
export async function removeStrayBlobs(index: StoreIndex, blobs: string): Promise<void> {
  const needed = new Set<string>()
  for (const [id, entry] of index.images) {
    needed.add(hexOf(id))
    if (entry.manifest !== undefined) needed.add(hexOf(entry.manifest))
  }
  for (const name of await readdir(blobs)) if (!needed.has(name)) await rm(join(blobs, name), { force: true })
}

/** Archives that a crash left go at once, parts of downloads after a day: until then a new pull goes on with them. */
export async function clearIngest(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const age = Date.now() - (await stat(path)).mtimeMs
    if (!name.startsWith('sha256-') || age > 24 * 3_600_000) await rm(path, { recursive: true, force: true })
  }
}
