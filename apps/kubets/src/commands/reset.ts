import { UsageError } from '@kubets/component/plain'
import { clearLostCluster, isRunning, lostClusters, pathOfGone } from '../cluster/lost-clusters.ts'
import { openDamagedDirectory } from '../cluster-directory/damaged.ts'
import {
  type ClusterDirectory,
  clusterId,
  openClusterDirectory,
  removeClusterDirectory,
} from '../cluster-directory/index.ts'
import { rangeReservations } from '../network/index.ts'
import { command, dirFlag } from './command.ts'
import { stopCluster } from './down.ts'

export const reset = command({
  usage: 'reset [flags]',
  summary: 'Stop the cluster and delete its state: objects, images, logs, certificates.',
  details: `A cluster whose folder was deleted by hand is ended too: its processes, containers, namespaces, mounts and addresses. So is what others
left whose folders are gone and of which nothing runs any more.`,
  flags: dirFlag,
  async run({ flags }) {
    let missing: unknown
    let directory: ClusterDirectory | undefined
    try {
      directory = (await openDamagedDirectory(flags.dir)) ?? (await openClusterDirectory(flags.dir, { create: false }))
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      missing = error
    }
    if (directory !== undefined) {
      await stopCluster(directory)
      await rangeReservations().release(clusterId(directory.path))
      await removeClusterDirectory(directory)
      process.stdout.write(`Deleted ${directory.path}.\n`)
    }
    const cleared = await clearLost(directory === undefined ? await pathOfGone(flags.dir) : undefined)
    if (missing !== undefined && !cleared) throw missing
    return 0
  },
})

/** True when the cluster of this folder was one of those that are gone. */
async function clearLost(asked: string | undefined): Promise<boolean> {
  let cleared = false
  for (const cluster of await lostClusters()) {
    const isAsked = cluster.directory === asked
    // it was not asked for, and somebody may yet miss it
    if (!isAsked && (await isRunning(cluster))) {
      process.stdout.write(
        `${cluster.directory} is gone, and its cluster still runs: 'kubets reset --dir ${cluster.directory}' ends it.\n`,
      )
      continue
    }
    const what = await clearLostCluster(cluster)
    process.stdout.write(`${cluster.directory} was gone: cleared what its cluster had left (${what}).\n`)
    cleared ||= isAsked
  }
  return cleared
}
