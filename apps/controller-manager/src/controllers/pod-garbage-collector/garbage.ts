import { type NodeInfo, readyCondition } from '../../nodes/node-info.ts'
import type { PodInfo } from '../../pods/pod-info.ts'

const outOfService = 'node.kubernetes.io/out-of-service'

const hasEnded = ({ phase }: PodInfo) => phase !== 'Pending' && phase !== 'Running' && phase !== 'Unknown'

/** Ended pods beyond the threshold: evicted ones first, then the oldest. Pure. */
export function tooManyEnded(pods: readonly PodInfo[], threshold: number): PodInfo[] {
  if (threshold <= 0) return []
  const ended = pods.filter(hasEnded)
  if (ended.length <= threshold) return []
  return ended.sort(firstToGo).slice(0, ended.length - threshold)
}

function firstToGo(a: PodInfo, b: PodInfo): number {
  if (a.evicted !== b.evicted) return a.evicted ? -1 : 1
  return a.created - b.created || (a.name < b.name ? -1 : 1)
}

/** Pods that are told to go, on nodes that somebody has declared dead and that are not ready: no kubelet will let them go. Pure. */
export function outOfServicePods(
  pods: readonly PodInfo[],
  nodeOf: (name: string) => Pick<NodeInfo, 'taints' | 'conditions'> | undefined,
): PodInfo[] {
  return pods
    .filter(({ deleting, nodeName }) => {
      const node = deleting ? nodeOf(nodeName) : undefined
      if (node === undefined || readyCondition(node)?.status === 'True') return false
      return node.taints.some(({ key }) => key === outOfService)
    })
    .sort(firstToGo)
}

/** Pods that are told to go before they came to a node. Pure. */
export const unscheduledEnding = (pods: readonly PodInfo[]): PodInfo[] =>
  pods.filter(({ deleting, nodeName }) => deleting && nodeName === '')
