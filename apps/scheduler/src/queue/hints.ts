import type { ClusterView } from '../cache/scheduler-cache.ts'
import type { ClusterEvent } from '../framework/cluster-event.ts'
import type { Plugin } from '../framework/plugin.ts'
import type { PodTemplate } from '../pod/pod-template.ts'
import type { QueuedPod } from './scheduling-queue.ts'

/**
 * Whether an event may help an unschedulable pod: one of the plugins that rejected it says so. Pods of one template
 * that were rejected by the same plugins get the same answer, so it is worked out once for them.
 */
export function createHint(
  event: ClusterEvent,
  cluster: ClusterView,
  pluginsFor: (queued: QueuedPod) => readonly Plugin[],
): (queued: QueuedPod) => boolean {
  const known = new Map<PodTemplate, Map<string, boolean>>()
  return queued => {
    const { rejectedBy, pod } = queued
    // without a plugin to ask (there was no node at all) any node is news
    if (rejectedBy.size === 0) return event.kind === 'NodeAdd'
    let answers = known.get(pod.template)
    if (answers === undefined) {
      answers = new Map()
      known.set(pod.template, answers)
    }
    const key = [...rejectedBy].join()
    let answer = answers.get(key)
    if (answer === undefined) {
      answer = pluginsFor(queued).some(
        plugin => rejectedBy.has(plugin.name) && (plugin.mayHelp?.(event, pod, cluster) ?? true),
      )
      answers.set(key, answer)
    }
    return answer
  }
}
