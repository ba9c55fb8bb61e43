import { access, readFile, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type ClusterDirectory, openClusterDirectory } from './cluster-directory.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/**
 * A cluster's folder whose `cluster.json` cannot be read: all that can be done with it is to delete it. Undefined when the file
 * reads well or is not there.
 */
export async function openDamagedDirectory(directory: string): Promise<ClusterDirectory | undefined> {
  const path = await realpath(resolve(directory)).catch(() => resolve(directory))
  const there = await access(join(path, 'cluster.json')).then(
    () => true,
    () => false,
  )
  if (!there) return undefined
  try {
    await openClusterDirectory(directory, { create: false })
    return undefined
  } catch {
    const processes = async () => {
      try {
        return JSON.parse(await readFile(join(path, 'processes.json'), 'utf8')) as Record<string, ProcessIdentity>
      } catch {
        return {}
      }
    }
    return {
      path,
      config: undefined,
      file: (...parts) => join(path, ...parts),
      save: () => Promise.reject(new Error('the directory is damaged')),
      processes,
      record: () => Promise.resolve(),
      async supervisor() {
        const recorded = (await processes()).supervisor
        return recorded && (await isAlive(recorded)) ? recorded : undefined
      },
    }
  }
}
