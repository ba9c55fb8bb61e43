import type { Node, Taint } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { InformerDefinition } from '../informers/shared-informer.ts'

/** A condition of a node, without its words. Times as the API writes them. */
export interface ConditionFacts {
  readonly type: string
  readonly status: string
  readonly lastHeartbeatTime: string
  readonly lastTransitionTime: string
}

/** What controllers read of a node. */
export interface NodeInfo {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  /** Cordoned. */
  readonly unschedulable: boolean
  readonly conditions: readonly ConditionFacts[]
}

export function toNodeInfo({ metadata, spec, status }: Node): NodeInfo {
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    creationTimestamp: metadata?.creationTimestamp ?? '',
    labels: metadata?.labels ?? {},
    taints: spec?.taints ?? [],
    unschedulable: spec?.unschedulable === true,
    conditions: (status?.conditions ?? []).map(({ type, status, lastHeartbeatTime, lastTransitionTime }) => ({
      type,
      status,
      lastHeartbeatTime: lastHeartbeatTime ?? '',
      lastTransitionTime: lastTransitionTime ?? '',
    })),
  }
}

export const nodeInformer: InformerDefinition<Node, NodeInfo> = { ref: resources.nodes, project: toNodeInfo }

export function readyCondition({ conditions }: Pick<NodeInfo, 'conditions'>): ConditionFacts | undefined {
  return conditions.find(({ type }) => type === 'Ready')
}
