import type { Pod } from '@kubets/api-types'
import type { PodRuntimeState } from '../runtime/pod-state.ts'

/** Why a container does not run, when the kubelet and not the runtime knows it. */
export interface Waiting {
  reason: string
  message?: string
}

/** All that a pod's status is made of. */
export interface StatusFacts {
  pod: Pod
  runtime: PodRuntimeState
  /** By container name. */
  waiting: ReadonlyMap<string, Waiting>
  /** By container name; absent: the container has no such probe or counts as not yet asked. */
  ready(container: string): boolean
  started(container: string): boolean
  /** All containers have ended and will not be started again. */
  terminated: boolean
  /** The pod itself was ended by the kubelet: `Evicted`, `DeadlineExceeded`, `OutOfcpu`. */
  failure: { reason: string; message: string } | undefined
  hostIp: string
  /** Milliseconds since the epoch at which the kubelet first saw the pod. */
  startTime: number
  now: number
  /** `containerd`, as in `containerd://<id>`. */
  runtimeName: string
  /** What a container's termination message file says, by container id. */
  terminationMessages: ReadonlyMap<string, string>
}
