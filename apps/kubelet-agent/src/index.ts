/** The node's agent: registers the Node, runs pods through CRI, reports their status, serves logs and streams. */
export type { KubeletAgentOptions } from './options.ts'
export { type KubeletAgent, startKubeletAgent } from './start-kubelet-agent.ts'
