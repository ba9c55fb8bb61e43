/** Events of containers. */
import type { ContainerStatus } from './container.ts'
import type { Int64 } from './int64.ts'
import type { PodSandboxStatus } from './pod-sandbox.ts'

export type ContainerEventType =
  | 'CONTAINER_CREATED_EVENT'
  | 'CONTAINER_STARTED_EVENT'
  | 'CONTAINER_STOPPED_EVENT'
  | 'CONTAINER_DELETED_EVENT'

export type GetEventsRequest = Record<never, never>

export interface ContainerEventResponse {
  containerId: string
  containerEventType: ContainerEventType
  /** Nanoseconds since 1970. */
  createdAt: Int64
  podSandboxStatus: PodSandboxStatus | null
  containersStatuses: ContainerStatus[]
}
