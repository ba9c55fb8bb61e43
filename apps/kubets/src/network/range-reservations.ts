import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressRanges } from './address-ranges.ts'
import { systemRunDirectory } from './run-directory.ts'

/**
 * Routes tell which ranges the clusters that run have taken; a cluster that is just starting has no route yet. So a range is first reserved: a file
 * of its name, made exclusively, holding the cluster's id. Two clusters that start at the same instant cannot both have it.
 */
const reservationsDirectory = join(systemRunDirectory, 'ranges')

/** A reservation whose cluster has made no run directory after so long belongs to a start that was killed, ms. */
const staleAfter = 60_000

export interface Reservations {
  /** Reserves all three for the cluster, or none: then the one that another has is told. */
  reserve(id: string, ranges: AddressRanges): Promise<{ taken?: string }>
  /** Gives back whatever the cluster has. */
  release(id: string): Promise<void>
}

export function rangeReservations(directory = reservationsDirectory, runDirectory = systemRunDirectory): Reservations {
  const file = (range: string) => join(directory, range.replace('/', '_'))

  async function reserveOne(id: string, range: string): Promise<boolean> {
    for (;;) {
      try {
        await writeFile(file(range), id, { flag: 'wx' })
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = await readFile(file(range), 'utf8').catch(() => undefined)
      if (holder === id) return true
      // gone in between: try again
      if (holder === undefined) continue
      if (!(await isStale(file(range), holder))) return false
      await rm(file(range), { force: true })
    }
  }

  async function isStale(path: string, holder: string): Promise<boolean> {
    const [reservation, cluster] = await Promise.all(
      [stat(path), stat(join(runDirectory, holder))].map(p => p.catch(() => undefined)),
    )
    return reservation !== undefined && cluster === undefined && Date.now() - reservation.mtimeMs > staleAfter
  }

  const release = async (id: string) => {
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name)
      if ((await readFile(path, 'utf8').catch(() => '')) === id) await rm(path, { force: true })
    }
  }

  return {
    async reserve(id, ranges) {
      await mkdir(directory, { recursive: true })
      for (const range of [ranges.nodes, ranges.pods, ranges.services]) {
        if (await reserveOne(id, range)) continue
        await release(id)
        return { taken: range }
      }
      return {}
    },
    release,
  }
}
