import type { Pod } from '@kubets/api-types'
import type { RuntimeClient } from '@kubets/cri'

/** What the server asks the kubelet. */
export interface KubeletServerHost {
  /** The pod as the kubelet knows it, with its latest status. */
  podByName(namespace: string, name: string): Pod | undefined
  /** All pods of this node. */
  pods(): readonly Pod[]
  /** Further documents by path, JSON: `/stats/summary`, `/configz`. */
  readonly documents?: Readonly<Record<string, () => object | Promise<object>>>
  /** Throws when the kubelet is not well: `/healthz`. */
  checkHealth(): void
}

/** What the server asks the runtime. */
export type StreamingRuntime = Pick<
  RuntimeClient,
  'exec' | 'attach' | 'portForward' | 'listContainers' | 'listPodSandbox' | 'containerStatus'
>
