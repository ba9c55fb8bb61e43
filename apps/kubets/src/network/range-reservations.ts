import { access, mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressRanges } from './address-ranges.ts'
import { systemRunDirectory } from './run-directory.ts'

/**
 * Routes tell which ranges the clusters that run have taken; a cluster that is just starting has no route yet, and one that is down
 * wants to find its ranges free when it comes back. So a range is reserved: a file of its name, made exclusively, holding the cluster's
 * id and directory. It stays until `kubets reset`. Two clusters that start at the same instant cannot both have it.
 */
const reservationsDirectory = join(systemRunDirectory, 'ranges')

/** A reservation of a cluster that exists nowhere after so long belongs to a start that was killed, or to a directory that was deleted, ms. */
const staleAfter = 60_000

/** Who reserves: the directory tells later whether the cluster still exists. */
export interface RangeHolder {
  readonly id: string
  /** The cluster's state directory. */
  readonly directory: string
}

export interface Reservations {
  /** Reserves all three for the cluster, or none: then the one that another has is told. */
  reserve(holder: RangeHolder, ranges: AddressRanges): Promise<{ taken?: string }>
  /** What clusters other than this one hold, running or down. */
  heldByOthers(id: string): Promise<string[]>
  /** Everybody who holds something. */
  holders(): Promise<RangeHolder[]>
  /** Gives back whatever the cluster has. */
  release(id: string): Promise<void>
}

export function rangeReservations(directory = reservationsDirectory, runDirectory = systemRunDirectory): Reservations {
  const file = (range: string) => join(directory, range.replace('/', '_'))

  async function holderOf(path: string): Promise<RangeHolder | undefined> {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    const [id = '', of = ''] = text.split('\n')
    return { id, directory: of }
  }

  async function reserveOne(self: RangeHolder, range: string): Promise<boolean> {
    for (;;) {
      try {
        await writeFile(file(range), `${self.id}\n${self.directory}`, { flag: 'wx' })
        return true
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        // a cluster that gave back the last reservation took the empty folder away
        if (code === 'ENOENT') {
          await mkdir(directory, { recursive: true })
          continue
        }
        if (code !== 'EEXIST') throw error
      }
      const holder = await holderOf(file(range))
      if (holder?.id === self.id) return true
      // gone in between: try again
      if (holder === undefined) continue
      if (!(await isStale(file(range), holder))) return false
      await rm(file(range), { force: true })
    }
  }

  async function isStale(path: string, holder: RangeHolder): Promise<boolean> {
    if (await exists(join(runDirectory, holder.id))) return false
    if (holder.directory !== '' && (await exists(join(holder.directory, 'cluster.json')))) return false
    const reservation = await stat(path).catch(() => undefined)
    return reservation !== undefined && Date.now() - reservation.mtimeMs > staleAfter
  }

  const release = async (id: string) => {
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name)
      if ((await holderOf(path))?.id === id) await rm(path, { force: true })
    }
    // both only when nobody else uses them
    await rmdir(directory).catch(() => undefined)
    await rmdir(runDirectory).catch(() => undefined)
  }

  return {
    async reserve(self, ranges) {
      for (const range of [ranges.nodes, ranges.pods, ranges.services]) {
        if (await reserveOne(self, range)) continue
        await release(self.id)
        return { taken: range }
      }
      return {}
    },
    async heldByOthers(id) {
      const held: string[] = []
      for (const name of await readdir(directory).catch(() => [])) {
        const path = join(directory, name)
        const holder = await holderOf(path)
        if (holder !== undefined && holder.id !== id && !(await isStale(path, holder)))
          held.push(name.replace('_', '/'))
      }
      return held
    },
    async holders() {
      const names = await readdir(directory).catch(() => [])
      const held = await Promise.all(names.map(name => holderOf(join(directory, name))))
      return held.filter(holder => holder !== undefined)
    },
    release,
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
