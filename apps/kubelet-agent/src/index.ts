/** The node's agent: registers the Node, runs pods through CRI, reports their status, serves logs and streams. */
export { kubeletFlags } from './flags.ts'
export type { KubeletAgentOptions } from './options.ts'
export { startKubeletFromFlags } from './start-from-flags.ts'
export { type KubeletAgent, startKubeletAgent } from './start-kubelet-agent.ts'
