import { runMain } from '@kubets/component'
import { kubeletFlags } from './flags.ts'
import { startKubeletFromFlags } from './start-from-flags.ts'

await runMain({
  name: 'kubelet-agent',
  about: "Runs the pods of one node: the node's service that upstream calls kubelet.",
  flags: kubeletFlags,
  start: startKubeletFromFlags,
})
