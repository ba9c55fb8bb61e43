import { openClusterDirectory } from '../cluster-directory/index.ts'
import { command, dirFlag } from './command.ts'

export const kubeconfigCommand = command({
  usage: 'kubeconfig [flags]',
  summary: "Print the path of the admin's kubeconfig file.",
  details: 'Example:\n  export KUBECONFIG=$(kubets kubeconfig)',
  flags: dirFlag,
  async run({ flags }) {
    const directory = await openClusterDirectory(flags.dir, { create: false })
    process.stdout.write(`${directory.file('kubeconfig')}\n`)
    return 0
  },
})
