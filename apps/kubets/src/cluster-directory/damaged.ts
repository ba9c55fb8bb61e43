import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type ClusterDirectory, openClusterDirectory } from './cluster-directory.ts'

/**
 * A cluster's folder whose `cluster.json` cannot be read: all that can be done with it is to delete it. Undefined when the file
 * reads well or is not there.
 */
export async function openDamagedDirectory(directory: string): Promise<ClusterDirectory | undefined> {
  const path = resolve(directory)
  const there = await access(join(path, 'cluster.json')).then(
    () => true,
    () => false,
  )
  if (!there) return undefined
  try {
    await openClusterDirectory(directory, { create: false })
    return undefined
  } catch {
    return {
      path,
      config: undefined,
      file: (...parts) => join(path, ...parts),
      save: () => Promise.reject(new Error('the directory is damaged')),
      processes: () => Promise.resolve({}),
      record: () => Promise.resolve(),
      supervisor: () => Promise.resolve(undefined),
    }
  }
}
