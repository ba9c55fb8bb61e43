/** One process of the cluster. */
export interface ServiceSpec {
  /** Unique in the cluster: `api-server`, `kubelet-agent@node-1`. */
  name: string
  /** The program and its arguments. */
  command: readonly string[]
  env?: Readonly<Record<string, string>>
  /** The folder that it starts in. Default: the supervisor's. */
  cwd?: string
  /** `ipc`: the service says "ready" over its IPC channel (ours do). `spawn`: it counts as ready once it runs. */
  ready: 'ipc' | 'spawn'
}
