import { clusterLayout } from '../cluster/layout.ts'
import { dismantle, dismantleUnknown } from '../cluster/run-cluster.ts'
import { type ClusterDirectory, endProcess, openClusterDirectory } from '../cluster-directory/index.ts'
import { command, dirFlag } from './command.ts'

/** A clean stop ends services one by one, each with its own grace. */
const patience = 60_000

export const down = command({
  usage: 'down [flags]',
  summary: 'Stop the cluster; its state stays in --dir.',
  flags: dirFlag,
  async run({ flags }) {
    const directory = await openClusterDirectory(flags.dir, { create: false })
    const was = await stopCluster(directory)
    process.stdout.write(was ? 'The cluster is down; its state stays.\n' : 'The cluster was not up.\n')
    return 0
  },
})

/** Ends whatever runs of this cluster, cleanly when its supervisor lives, by hand when it does not. True when something ran. */
export async function stopCluster(directory: ClusterDirectory): Promise<boolean> {
  const supervisor = await directory.supervisor()
  const processes = Object.keys(await directory.processes())
  if (supervisor) await endProcess(supervisor, patience)
  if (directory.config) await dismantle(clusterLayout(directory, directory.config))
  else await dismantleUnknown(directory)
  return supervisor !== undefined || processes.length > 0
}
