import type { ClusterView } from '../cache/scheduler-cache.ts'
import type { NodeFilter, Plugin, Rejection } from '../framework/plugin.ts'
import type { PodInfo } from '../pod/pod-info.ts'
import type { Diagnosis } from './fit-error.ts'
import { sampleSize } from './sample-size.ts'

export interface AlgorithmOptions {
  plugins: readonly Plugin[]
  /** 1…100; 0 adapts to the size of the cluster. */
  percentageOfNodesToScore: number
  /** 0 ≤ x < 1; breaks ties. */
  random: () => number
}

export type Placement =
  | { readonly row: number; readonly evaluated: number; readonly feasible: number }
  | { readonly diagnosis: Diagnosis }

/** Chooses a node: filter a sample, score what passed, take the best, by chance among equals. */
export interface Algorithm {
  place(pod: PodInfo, cluster: ClusterView): Placement
}

export function createAlgorithm({ plugins, percentageOfNodesToScore, random }: AlgorithmOptions): Algorithm {
  const filtering = plugins.filter(plugin => plugin.filter)
  const scoring = plugins.filter(plugin => plugin.score)
  /** Where in the order of nodes the next search begins, so that all nodes get their turn in the samples. */
  let start = 0
  let feasible = new Int32Array(64)

  return {
    place(pod, cluster) {
      const { order } = cluster.nodes
      const count = order.length
      if (count > feasible.length) feasible = new Int32Array(count)
      const wanted = sampleSize(count, percentageOfNodesToScore)
      for (const plugin of plugins) {
        const preFilterMessage = plugin.preFilter?.(pod, cluster)
        if (preFilterMessage !== undefined) {
          const rejectedBy = new Set([plugin.name])
          return { diagnosis: { rejections: new Map(), nodeCount: count, plugins: rejectedBy, preFilterMessage } }
        }
      }
      const filters = prepareFilters(filtering, pod, cluster)

      const rejections = new Map<number, Rejection>()
      let found = 0
      let evaluated = 0
      if (count > 0) start %= count
      for (; evaluated < count && found < wanted; evaluated++) {
        const row = order[(start + evaluated) % count] as number
        const rejection = firstRejection(filters, row)
        if (rejection === undefined) feasible[found++] = row
        else rejections.set(row, rejection)
      }
      if (count > 0) start = (start + evaluated) % count

      if (found === 0) {
        const plugins = new Set<string>()
        for (const rejection of rejections.values()) plugins.add(rejection.plugin)
        return { diagnosis: { rejections, nodeCount: count, plugins } }
      }
      const rows = feasible.subarray(0, found)
      return { row: found === 1 ? (rows[0] as number) : best(pod, cluster, rows), evaluated, feasible: found }
    },
  }

  function best(pod: PodInfo, cluster: ClusterView, rows: Int32Array): number {
    const totals = scoreNodes(scoring, pod, cluster, rows)
    let chosen = 0
    let equals = 1
    for (let i = 1; i < rows.length; i++) {
      const difference = (totals[i] as number) - (totals[chosen] as number)
      if (difference > 0) {
        chosen = i
        equals = 1
      } else if (difference === 0 && random() * ++equals < 1) chosen = i
    }
    return rows[chosen] as number
  }
}

/** The filters that have something to say about this pod, in the plugins' order. */
export function prepareFilters(plugins: readonly Plugin[], pod: PodInfo, cluster: ClusterView): NodeFilter[] {
  const filters: NodeFilter[] = []
  for (const plugin of plugins) {
    const filter = plugin.filter?.(pod, cluster)
    if (filter !== undefined) filters.push(filter)
  }
  return filters
}

/** The first plugin's answer against a node, in the plugins' order. */
export function firstRejection(filters: readonly NodeFilter[], row: number): Rejection | undefined {
  for (const filter of filters) {
    const rejection = filter(row)
    if (rejection !== undefined) return rejection
  }
  return undefined
}

/** Weighted sums of all normalized scores, in the order of `rows`. */
export function scoreNodes(
  plugins: readonly Plugin[],
  pod: PodInfo,
  cluster: ClusterView,
  rows: Int32Array,
): Float64Array {
  const totals = new Float64Array(rows.length)
  const scores = new Float64Array(rows.length)
  for (const plugin of plugins) {
    const score = plugin.score?.(pod, cluster, rows)
    if (score === undefined) continue
    for (let i = 0; i < rows.length; i++) scores[i] = score(rows[i] as number)
    plugin.normalize?.(scores)
    const weight = plugin.weight ?? 1
    for (let i = 0; i < rows.length; i++) totals[i] = (totals[i] as number) + weight * (scores[i] as number)
  }
  return totals
}
