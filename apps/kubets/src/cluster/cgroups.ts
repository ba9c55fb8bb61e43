import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { signal } from '../cluster-directory/index.ts'

/** The folders of one cgroup in every hierarchy: several on v1, one on v2. */
async function hierarchies(cgroup: string): Promise<string[]> {
  const root = '/sys/fs/cgroup'
  const mounted = await readdir(root, { withFileTypes: true }).catch(() => [])
  return [root, ...mounted.filter(entry => entry.isDirectory()).map(entry => join(root, entry.name))].map(path =>
    join(path, cgroup),
  )
}

/** Ids of all processes in a cgroup and below it. */
export async function processesIn(cgroup: string): Promise<number[]> {
  const ids = new Set<number>()
  for (const folder of await hierarchies(cgroup)) {
    for (const below of await subtree(folder)) {
      const text = await readFile(join(below, 'cgroup.procs'), 'utf8').catch(() => '')
      // 0 stands for a process that this pid namespace cannot see
      for (const line of text.split('\n')) if (Number(line) > 0) ids.add(Number(line))
    }
  }
  return [...ids]
}

/** A killed process goes at once, unless the kernel holds it (a hung disk, a frozen cgroup). */
const killPatience = 20_000

/** Ends everything in a cgroup: SIGTERM first, SIGKILL after `grace` ms; then removes its folders. */
export async function emptyCgroup(cgroup: string, grace: number): Promise<void> {
  const deadline = Date.now() + grace
  for (const pid of await processesIn(cgroup)) signal(pid, 'SIGTERM')
  for (let ids = await processesIn(cgroup); ids.length > 0; ids = await processesIn(cgroup)) {
    if (Date.now() > deadline) for (const pid of ids) signal(pid, 'SIGKILL')
    if (Date.now() > deadline + killPatience)
      throw new Error(`processes ${ids.join(', ')} in cgroup ${cgroup} do not end, not even by SIGKILL`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  for (const folder of await hierarchies(cgroup))
    for (const below of (await subtree(folder)).reverse()) await rmdir(below).catch(() => undefined)
}

/** Removes the folders of a cgroup that holds nothing: `/kubets` itself once the last cluster is gone. */
export async function removeEmptyCgroup(cgroup: string): Promise<void> {
  for (const folder of await hierarchies(cgroup)) await rmdir(folder).catch(() => undefined)
}

/** A folder and all below it, parents first; empty when it is not there. */
async function subtree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return []
  const below = await Promise.all(entries.filter(e => e.isDirectory()).map(e => subtree(join(folder, e.name))))
  return [folder, ...below.flat()]
}
