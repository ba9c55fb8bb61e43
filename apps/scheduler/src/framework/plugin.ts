import type { ClusterView } from '../cache/scheduler-cache.ts'
import type { PodInfo } from '../pod/pod-info.ts'
import type { ClusterEvent } from './cluster-event.ts'

/** Why a node does not take a pod. Make them once and share them: a failing pod meets one for each node. */
export interface Rejection {
  readonly plugin: string
  /** Upstream's wording; counted over the nodes in the message to the user. */
  readonly reasons: readonly string[]
  /** Whether removing pods from the node could change the answer: what preemption asks. */
  readonly resolvable: boolean
}

/** Answers for one row of the node table. */
export type NodeFilter = (row: number) => Rejection | undefined
export type NodeScore = (row: number) => number

/** The highest score of a plugin for a node. */
export const MAX_NODE_SCORE = 100

/**
 * One rule of scheduling. It prepares itself for a pod and then answers for many nodes; between the two nothing in the
 * cluster changes. Returning nothing means that the rule does not concern this pod.
 */
export interface Plugin {
  /** Upstream's name, as KubeSchedulerConfiguration has it. */
  readonly name: string
  /** Why no node at all can take the pod just now, in upstream's words. Asked before any filter. */
  preFilter?(pod: PodInfo, cluster: ClusterView): string | undefined
  filter?(pod: PodInfo, cluster: ClusterView): NodeFilter | undefined
  /** `feasible` holds the rows that passed all filters. */
  score?(pod: PodInfo, cluster: ClusterView, feasible: Int32Array): NodeScore | undefined
  /** Brings raw scores to 0…MAX_NODE_SCORE, in place. Left out when they are in that range. */
  normalize?(scores: Float64Array): void
  /** Weight of its scores. */
  readonly weight?: number
  /** Which changes may make room for a pod that this plugin has rejected. */
  mayHelp?(event: ClusterEvent, pod: PodInfo, cluster: ClusterView): boolean
}

/** Scales to 0…100 by the highest score; `reverse` makes the highest the worst. Upstream's DefaultNormalizeScore. */
export function scaleByHighest(scores: Float64Array, direction: 'more is better' | 'less is better'): void {
  let highest = 0
  for (const score of scores) if (score > highest) highest = score
  for (let i = 0; i < scores.length; i++) {
    const scaled = highest === 0 ? 0 : Math.floor((MAX_NODE_SCORE * (scores[i] ?? 0)) / highest)
    scores[i] = direction === 'less is better' ? MAX_NODE_SCORE - scaled : scaled
  }
}
