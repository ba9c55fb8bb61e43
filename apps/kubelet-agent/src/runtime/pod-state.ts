import type { ContainerEventResponse, ContainerStatus, PodSandboxStatus } from '@kubets/cri'

/** What the runtime says of one pod. Values are replaced, never changed in place. */
export interface PodRuntimeState {
  /** Newest first. */
  readonly sandboxes: readonly PodSandboxStatus[]
  /** Newest first. */
  readonly containers: readonly ContainerStatus[]
}

export const emptyState: PodRuntimeState = { sandboxes: [], containers: [] }

const newestFirst = (a: { createdAt: string }, b: { createdAt: string }) => {
  const difference = BigInt(b.createdAt) - BigInt(a.createdAt)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

export function podState(
  sandboxes: readonly PodSandboxStatus[],
  containers: readonly ContainerStatus[],
): PodRuntimeState {
  return { sandboxes: [...sandboxes].sort(newestFirst), containers: [...containers].sort(newestFirst) }
}

const containerRank = { CONTAINER_CREATED: 0, CONTAINER_RUNNING: 1, CONTAINER_EXITED: 2, CONTAINER_UNKNOWN: 2 } as const

/** Takes over what is newer. Events may be older than what a call has told: no container and no sandbox ever goes back. */
export function withContainer(state: PodRuntimeState, status: ContainerStatus): PodRuntimeState {
  const old = state.containers.find(container => container.id === status.id)
  if (old !== undefined && containerRank[status.state] < containerRank[old.state]) return state
  return podState(state.sandboxes, [status, ...state.containers.filter(container => container.id !== status.id)])
}

export function withSandbox(state: PodRuntimeState, status: PodSandboxStatus): PodRuntimeState {
  const old = state.sandboxes.find(sandbox => sandbox.id === status.id)
  if (old?.state === 'SANDBOX_NOTREADY' && status.state === 'SANDBOX_READY') return state
  return podState([status, ...state.sandboxes.filter(sandbox => sandbox.id !== status.id)], state.containers)
}

export function without(state: PodRuntimeState, id: string): PodRuntimeState {
  return {
    sandboxes: state.sandboxes.filter(sandbox => sandbox.id !== id),
    containers: state.containers.filter(container => container.id !== id),
  }
}

export function afterEvent(state: PodRuntimeState, event: ContainerEventResponse): PodRuntimeState {
  if (event.podSandboxStatus !== null) state = withSandbox(state, event.podSandboxStatus)
  for (const container of event.containersStatuses) state = withContainer(state, container)
  return event.containerEventType === 'CONTAINER_DELETED_EVENT' ? without(state, event.containerId) : state
}

/** The newest container of that name. */
export function latest(state: PodRuntimeState, name: string): ContainerStatus | undefined {
  return state.containers.find(container => container.metadata?.name === name)
}

export function isEmpty(state: PodRuntimeState): boolean {
  return state.sandboxes.length === 0 && state.containers.length === 0
}
