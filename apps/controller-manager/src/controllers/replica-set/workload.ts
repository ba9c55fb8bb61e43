import type {
  KubeObject,
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetStatus,
  ReplicationController,
} from '@kubets/api-types'
import { type LabelSelector, labelSelectorOf } from '@kubets/apimachinery'
import type { ResourceRef } from '@kubets/client'

/** What ReplicaSets and ReplicationControllers have in common: they keep a number of pods of one template. */
export interface ReplicaWorkload extends KubeObject {
  readonly spec?: {
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly template?: PodTemplateSpec
  }
  readonly status?: ReplicaSetStatus
}

/** Where the two differ. */
export interface WorkloadKind<T extends ReplicaWorkload> {
  readonly ref: ResourceRef
  readonly apiVersion: string
  /** `source.component` of its events. */
  readonly component: string
  readonly queueName: string
  /** A ReplicaSet says how many of its pods are on their way out; a ReplicationController has no such field. */
  readonly countsTerminating: boolean
  selectorOf(object: T): LabelSelector
}

export function replicaSetSelector(object: ReplicaSet): LabelSelector {
  return labelSelectorOf(object.spec?.selector)
}

/** A ReplicationController without a selector selects nothing. */
export function replicationControllerSelector({ spec }: ReplicationController): LabelSelector {
  const labels = spec?.selector ?? {}
  return labelSelectorOf(Object.keys(labels).length === 0 ? undefined : { matchLabels: labels })
}
