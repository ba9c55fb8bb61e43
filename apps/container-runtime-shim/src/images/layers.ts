import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Durability } from './durability.ts'
import type { LayerEntry, StoreIndex } from './index-file.ts'
import type { Unpacker } from './unpacker.ts'

/** Where a layer's bytes lie while it is unpacked. */
export interface LayerBlob {
  path: string
  start: number
  /** Byte behind the last; absent: the whole file. */
  end?: number
  /** Gives the file up, whether unpacking worked or not. */
  release?(): Promise<void>
}

/** Unpacked layers below `l/`, one folder per diffID under a short number. */
export interface Layers {
  has(diffID: string): boolean
  folder(diffID: string): string
  /**
   * Makes the layer present. Two callers with the same layer share one run: the second waits, and tries itself with its own
   * source when the first fails (its registry may be the broken one). Callers {@link hold} their layers first, so that
   * none is collected before the image stands in the index.
   */
  ensure(diffID: string, fetch: () => Promise<LayerBlob>, unpacker: Unpacker): Promise<void>
  /**
   * Makes the layer of folders that an image needs above its own, when it needs one (see `unpack/implied-folders.ts`), and
   * holds it for the owner. All layers must be present.
   */
  restoreFolders(owner: string, diffIDs: readonly string[], unpacker: Unpacker): Promise<string | undefined>
  hold(owner: string, diffIDs: Iterable<string>): void
  release(owner: string): void
  /** Takes layers that nobody needs out of the index; the caller saves the index, then runs what is returned. */
  takeGarbage(): (() => Promise<void>)[]
}

export async function openLayers(
  root: string,
  index: StoreIndex,
  save: () => Promise<void>,
  durability: Durability,
): Promise<Layers> {
  const folderOf = (n: number) => join(root, 'l', String(n))
  await mkdir(join(root, 'l'), { recursive: true })
  // what a crash left: folders that were being removed
  const known = new Set([...index.layers.values()].map(layer => String(layer.n)))
  for (const name of await readdir(join(root, 'l')))
    if (!known.has(name)) await rm(join(root, 'l', name), { recursive: true, force: true })
  // An unpacker whose service was killed may start on its job even after this sweep. Each service unpacks in a folder of its
  // own that only the service makes, so such an unpacker finds no place; the tries are for one that is just at work.
  const unpacking = join(root, 'unpacking')
  await rm(unpacking, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  const session = join(unpacking, crypto.randomUUID())
  const makeSession = () => mkdir(session, { recursive: true, mode: 0o700 })

  const running = new Map<string, Promise<void>>()
  const owners = new Map<string, Set<string>>()

  const folder = (diffID: string) => {
    const layer = index.layers.get(diffID)
    if (layer === undefined) throw new Error(`layer ${diffID} is not in the store`)
    return folderOf(layer.n)
  }

  const hold = (owner: string, diffIDs: Iterable<string>) => {
    const held = owners.get(owner) ?? new Set()
    for (const diffID of diffIDs) held.add(diffID)
    owners.set(owner, held)
  }

  /** A finished folder becomes a layer. */
  const enter = async (diffID: string, temporary: string, usage: Omit<LayerEntry, 'n' | 'boot'>) => {
    const n = index.nextLayer++
    await rename(temporary, folderOf(n))
    index.layers.set(diffID, { n, ...usage, boot: durability.boot })
    await save()
    durability.added()
  }

  const unpack = async (diffID: string, fetch: () => Promise<LayerBlob>, unpacker: Unpacker) => {
    const blob = await fetch()
    const temporary = join(session, crypto.randomUUID())
    try {
      await makeSession()
      const usage = await unpacker.unpack({
        blob: blob.path,
        start: blob.start,
        ...end(blob),
        target: temporary,
        diffID,
      })
      await enter(diffID, temporary, usage)
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      throw error
    } finally {
      await blob.release?.()
    }
  }

  return {
    has: diffID => index.layers.has(diffID),
    folder,
    async ensure(diffID, fetch, unpacker) {
      while (!index.layers.has(diffID)) {
        const other = running.get(diffID)
        if (other !== undefined) {
          await other.catch(() => undefined)
          continue
        }
        const mine = unpack(diffID, fetch, unpacker).finally(() => running.delete(diffID))
        running.set(diffID, mine)
        await mine
      }
    },
    async restoreFolders(owner, diffIDs, unpacker) {
      const implied = diffIDs.map(diffID => index.layers.get(diffID)?.implied ?? [])
      if (implied.slice(1).every(paths => paths.length === 0)) return undefined
      const target = join(session, crypto.randomUUID())
      try {
        await makeSession()
        const { key, inodes } = await unpacker.restoreFolders({ layers: diffIDs.map(folder), implied, target })
        if (key === undefined) return undefined
        const name = `folders:${key}`
        hold(owner, [name])
        // another image with the same folders may be making it: the first stays
        const other = running.get(name)
        if (!index.layers.has(name) && other === undefined) {
          const mine = enter(name, target, { size: 0, inodes }).finally(() => running.delete(name))
          running.set(name, mine)
          await mine
        } else await other
        return name
      } finally {
        await rm(target, { recursive: true, force: true })
      }
    },
    hold,
    release: owner => void owners.delete(owner),
    takeGarbage() {
      const needed = new Set<string>()
      for (const image of index.images.values()) for (const diffID of image.layers) needed.add(diffID)
      for (const held of owners.values()) for (const diffID of held) needed.add(diffID)
      const removals: (() => Promise<void>)[] = []
      for (const [diffID, layer] of index.layers) {
        if (needed.has(diffID)) continue
        index.layers.delete(diffID)
        removals.push(() => rm(folderOf(layer.n), { recursive: true, force: true }))
      }
      return removals
    },
  }
}

function end(blob: LayerBlob): { end?: number } {
  return blob.end === undefined ? {} : { end: blob.end }
}
