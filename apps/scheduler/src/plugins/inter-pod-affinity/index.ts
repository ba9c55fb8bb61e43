import type { ClusterView } from '../../cache/scheduler-cache.ts'
import { MAX_NODE_SCORE, type Plugin, type Rejection } from '../../framework/plugin.ts'
import type { AffinityTerm } from '../../pod/affinity-term.ts'
import type { PodInfo } from '../../pod/pod-info.ts'
import type { PodTemplate } from '../../pod/pod-template.ts'

const name = 'InterPodAffinity'
const reject = (reason: string, resolvable: boolean): Rejection => ({ plugin: name, reasons: [reason], resolvable })
const noAffinity = reject("node(s) didn't match pod affinity rules", false)
const ownAnti = reject("node(s) didn't match pod anti-affinity rules", true)
const existingAnti = reject("node(s) didn't satisfy existing pods anti-affinity rules", true)

/** Weight of a running pod's required affinity towards the pod to place, as upstream's hardPodAffinityWeight. */
const HARD_POD_AFFINITY_WEIGHT = 1

/** Counts by topology key and value. */
type Pairs = Map<string, Map<string, number>>

/** Which pods want, or do not want, to share a topology domain (a host, a zone) with which others. */
export const interPodAffinity: Plugin = {
  name,
  weight: 2,
  filter(pod, cluster) {
    const blocked = pairsOfExistingAntiAffinity(pod, cluster)
    const { affinity, antiAffinity } = pod.template
    if (blocked.size === 0 && affinity.length === 0 && antiAffinity.length === 0) return undefined
    const avoided = antiAffinity.map(term => pairsWhere(cluster, [term], other => meets(term, other, cluster)))
    // a pod counts for affinity only if it meets all the terms
    const wanted = pairsWhere(cluster, affinity, other => affinity.every(term => meets(term, other, cluster)))
    const isFirst = wanted.size === 0 && affinity.every(term => meets(term, pod.template, cluster))

    return row => {
      const { labels } = cluster.nodes.node(row)
      const has = (pairs: Pairs, key: string) => {
        const value = labels.get(key)
        return value !== undefined && (pairs.get(key)?.get(value) ?? 0) > 0
      }
      if (!affinity.every(({ topologyKey }) => (isFirst ? labels.has(topologyKey) : has(wanted, topologyKey))))
        return noAffinity
      if (antiAffinity.some((term, i) => has(avoided[i] as Pairs, term.topologyKey))) return ownAnti
      for (const key of blocked.keys()) if (has(blocked, key)) return existingAnti
      return undefined
    }
  },
  score(pod, cluster) {
    const pairs: Pairs = new Map()
    for (const [template, { all }] of cluster.usage.entries()) {
      for (const { weight, term } of pod.template.preferredAffinity)
        if (meets(term, template, cluster)) addPairs(pairs, term, all, weight, cluster)
      for (const { weight, term } of template.preferredAffinity)
        if (meets(term, pod.template, cluster)) addPairs(pairs, term, all, weight, cluster)
      for (const term of template.affinity)
        if (meets(term, pod.template, cluster)) addPairs(pairs, term, all, HARD_POD_AFFINITY_WEIGHT, cluster)
    }
    if (pairs.size === 0) return undefined
    return row => {
      const { labels } = cluster.nodes.node(row)
      let sum = 0
      for (const [key, values] of pairs) sum += values.get(labels.get(key) ?? '') ?? 0
      return sum
    }
  },
  normalize(scores) {
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    for (const score of scores) {
      least = Math.min(least, score)
      most = Math.max(most, score)
    }
    for (let i = 0; i < scores.length; i++)
      scores[i] = most > least ? Math.floor((MAX_NODE_SCORE * ((scores[i] ?? 0) - least)) / (most - least)) : 0
  },
  /** Nodes and pods of any kind can open or close a domain. */
  mayHelp(event, pod, cluster) {
    if (event.kind === 'NodeAdd' || event.kind === 'NamespaceUpdate') return true
    if (event.kind === 'NodeUpdate') return event.changed.has('labels')
    if (event.kind === 'NodeDelete') return false
    const other = event.pod.template
    if (event.kind === 'AssignedPodDelete')
      return (
        pod.template.antiAffinity.some(term => meets(term, other, cluster)) ||
        other.antiAffinity.some(term => meets(term, pod.template, cluster)) ||
        // with the last match gone a pod that meets its own terms may be the first again
        pod.template.affinity.some(term => meets(term, other, cluster))
      )
    return pod.template.affinity.some(term => meets(term, other, cluster)) || event.kind === 'AssignedPodUpdate'
  },
}

function meets(term: AffinityTerm, { namespace, labels }: PodTemplate, cluster: ClusterView): boolean {
  return term.matches(namespace, labels, ns => cluster.namespaceLabels(ns))
}

/** Domains in which a running pod refuses the pod to place. */
function pairsOfExistingAntiAffinity(pod: PodInfo, cluster: ClusterView): Pairs {
  const pairs: Pairs = new Map()
  for (const [template, { all }] of cluster.usage.antiAffine())
    for (const term of template.antiAffinity)
      if (meets(term, pod.template, cluster)) addPairs(pairs, term, all, 1, cluster)
  return pairs
}

function pairsWhere(
  cluster: ClusterView,
  terms: readonly AffinityTerm[],
  matches: (template: PodTemplate) => boolean,
): Pairs {
  const pairs: Pairs = new Map()
  if (terms.length === 0) return pairs
  for (const [template, { all }] of cluster.usage.entries())
    if (matches(template)) for (const term of terms) addPairs(pairs, term, all, 1, cluster)
  return pairs
}

function addPairs(
  pairs: Pairs,
  { topologyKey }: AffinityTerm,
  rows: ReadonlyMap<number, number>,
  weight: number,
  { nodes }: ClusterView,
): void {
  for (const [row, count] of rows) {
    const value = nodes.nodes[row]?.labels.get(topologyKey)
    if (value === undefined) continue
    let values = pairs.get(topologyKey)
    if (values === undefined) {
      values = new Map()
      pairs.set(topologyKey, values)
    }
    values.set(value, (values.get(value) ?? 0) + count * weight)
  }
}
