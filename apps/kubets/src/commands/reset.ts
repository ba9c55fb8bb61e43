import { openDamagedDirectory } from '../cluster-directory/damaged.ts'
import { clusterId, openClusterDirectory, removeClusterDirectory } from '../cluster-directory/index.ts'
import { rangeReservations } from '../network/index.ts'
import { command, dirFlag } from './command.ts'
import { stopCluster } from './down.ts'

export const reset = command({
  usage: 'reset [flags]',
  summary: 'Stop the cluster and delete its state: objects, images, logs, certificates.',
  flags: dirFlag,
  async run({ flags }) {
    const directory =
      (await openDamagedDirectory(flags.dir)) ?? (await openClusterDirectory(flags.dir, { create: false }))
    await stopCluster(directory)
    await rangeReservations().release(clusterId(directory.path))
    await removeClusterDirectory(directory)
    process.stdout.write(`Deleted ${directory.path}.\n`)
    return 0
  },
})
