import { openClusterDirectory } from '../cluster-directory/index.ts'
import { command } from './command.ts'
import { startDetached } from './detach.ts'
import { upFlags } from './up-flags.ts'

export const up = command({
  usage: 'up [flags]',
  summary: 'Bring up a cluster, or bring the one in --dir up again.',
  details: `The cluster runs until Ctrl-C (or, with --detach, until 'kubets down'). Its state stays in --dir: a later 'up' goes on
with the same objects. Without root or off Linux the nodes run the 'fake' runtime, which starts no processes.

Examples:
  kubets up                        two nodes, in the foreground
  kubets up --detach               the same, in the background
  kubets up --nodes 0 --detach     only the control plane, for test suites in any language
  kubets up --storage etcd         state in an etcd instead of the embedded store`,
  flags: upFlags,
  async run({ flags, given }) {
    if (flags.detach) {
      // a folder that is somebody else's is left as it is, without our logs in it
      await openClusterDirectory(flags.dir, { create: true })
      return startDetached(flags.dir)
    }
    // one that only waits for another process need not load what makes a cluster
    const { bringUp } = await import('./bring-up.ts')
    await bringUp(flags, given)
    return 0
  },
})
