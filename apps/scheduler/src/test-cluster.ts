import type { Node, Pod } from '@kubets/api-types'
import { toNodeInfo } from './cache/node-info.ts'
import { SchedulerCache } from './cache/scheduler-cache.ts'
import type { Plugin } from './framework/plugin.ts'
import { type PodInfo, toPodInfo } from './pod/pod-info.ts'
import { createTemplateInterner } from './pod/pod-template.ts'
import { type Labels, toLabels } from './pod/selector.ts'

/** A cache filled with nodes and assigned pods, for tests of what reads it. */
export interface TestCluster {
  cache: SchedulerCache
  info(pod: Pod): PodInfo
  /** The plugin's reasons by node name; none for nodes that pass. */
  reject(plugin: Plugin, pod: Pod): Record<string, string>
  /** The plugin's normalized scores by node name; empty when it has none for this pod. */
  score(plugin: Plugin, pod: Pod): Record<string, number>
}

export function testCluster(
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  namespaces: Record<string, Record<string, string>> = {},
): TestCluster {
  const labels = new Map<string, Labels>(Object.entries(namespaces).map(([name, own]) => [name, toLabels(own)]))
  const cache = new SchedulerCache(name => labels.get(name))
  const intern = createTemplateInterner()
  const info = (pod: Pod) => toPodInfo(pod, intern)
  for (const node of nodes) cache.setNode(toNodeInfo(node))
  for (const pod of pods) cache.setPod(info(pod))
  const rows = () => [...cache.nodes.order]
  return {
    cache,
    info,
    reject(plugin, pod) {
      const filter = plugin.filter?.(info(pod), cache)
      return Object.fromEntries(
        rows().flatMap(row => {
          const rejection = filter?.(row)
          return rejection === undefined ? [] : [[cache.nodes.node(row).name, rejection.reasons.join(', ')]]
        }),
      )
    },
    score(plugin, pod) {
      const order = cache.nodes.order
      const score = plugin.score?.(info(pod), cache, order)
      if (score === undefined) return {}
      const scores = Float64Array.from(order, row => score(row))
      plugin.normalize?.(scores)
      return Object.fromEntries(rows().map((row, i) => [cache.nodes.node(row).name, scores[i] ?? 0]))
    },
  }
}
