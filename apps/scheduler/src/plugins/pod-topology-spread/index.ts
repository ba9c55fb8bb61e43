import type { ClusterView } from '../../cache/scheduler-cache.ts'
import { MAX_NODE_SCORE, type Plugin, type Rejection } from '../../framework/plugin.ts'
import type { PodInfo } from '../../pod/pod-info.ts'
import type { SpreadConstraint } from '../../pod/spread-constraint.ts'
import { isTolerated } from '../../pod/taints.ts'

const name = 'PodTopologySpread'
const skewed: Rejection = {
  plugin: name,
  reasons: ["node(s) didn't match pod topology spread constraints"],
  resolvable: true,
}
const noLabel: Rejection = {
  plugin: name,
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  resolvable: false,
}

/** Keeps the numbers of matching pods in the topology's domains (zones, hosts) within `maxSkew` of each other. */
export const podTopologySpread: Plugin = {
  name,
  weight: 2,
  filter(pod, cluster) {
    const constraints = pod.template.spread.filter(constraint => constraint.hard)
    if (constraints.length === 0) return undefined
    const counted = constraints.map(constraint => {
      const domains = countDomains(constraint, constraints, pod, cluster)
      let least = Number.MAX_SAFE_INTEGER
      for (const count of domains.values()) if (count < least) least = count
      return { constraint, domains, least: domains.size < constraint.minDomains ? 0 : least }
    })
    return row => {
      const { labels } = cluster.nodes.node(row)
      for (const { constraint, domains, least } of counted) {
        const value = labels.get(constraint.topologyKey)
        if (value === undefined) return noLabel
        const skew = (domains.get(value) ?? 0) + (constraint.selectsItself ? 1 : 0) - least
        if (skew > constraint.maxSkew) return skewed
      }
      return undefined
    }
  },
  score(pod, cluster, feasible) {
    const constraints = pod.template.spread.filter(constraint => !constraint.hard)
    if (constraints.length === 0) return undefined
    const counted = constraints.map(constraint => {
      const domains = countDomains(constraint, constraints, pod, cluster)
      const present = new Set<string>()
      for (const row of feasible) {
        const value = cluster.nodes.node(row).labels.get(constraint.topologyKey)
        if (value !== undefined) present.add(value)
      }
      // more domains mean smaller counts: the logarithm gives constraints over zones and over hosts equal say
      return { constraint, domains, weight: Math.log(present.size + 2) }
    })
    return row => {
      const { labels } = cluster.nodes.node(row)
      let score = 0
      for (const { constraint, domains, weight } of counted) {
        const value = labels.get(constraint.topologyKey)
        if (value === undefined) return IGNORED
        score += (domains.get(value) ?? 0) * weight + (constraint.maxSkew - 1)
      }
      return Math.round(score)
    }
  },
  /** The fewest matching pods get 100; nodes without the labels 0. */
  normalize(scores) {
    let least = Number.POSITIVE_INFINITY
    let most = 0
    for (const score of scores)
      if (score !== IGNORED) {
        least = Math.min(least, score)
        most = Math.max(most, score)
      }
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i] ?? 0
      if (score === IGNORED) scores[i] = 0
      else scores[i] = most === 0 ? MAX_NODE_SCORE : Math.floor((MAX_NODE_SCORE * (most + least - score)) / most)
    }
  },
  /** Any change of pods in its namespace or of nodes moves the counts. */
  mayHelp(event, pod) {
    if (event.kind === 'NodeAdd' || event.kind === 'NodeDelete') return true
    if (event.kind === 'NodeUpdate') return event.changed.has('labels') || event.changed.has('taints')
    if (event.kind === 'NamespaceUpdate') return false
    const { template } = event.pod
    return (
      template.namespace === pod.namespace &&
      pod.template.spread.some(constraint => constraint.selects(template.labels))
    )
  },
}

/** A raw score for nodes that lack a topology label. */
const IGNORED = -1

/** Matching pods by value of the topology label, over the nodes that count for this constraint. */
function countDomains(
  constraint: SpreadConstraint,
  all: readonly SpreadConstraint[],
  pod: PodInfo,
  { nodes, usage }: ClusterView,
): Map<string, number> {
  const { nodeRequirement, tolerations } = pod.template
  const perNode = new Map<number, number>()
  for (const [template, { all, terminating }] of usage.entries()) {
    if (template.namespace !== pod.namespace || !constraint.selects(template.labels)) continue
    for (const [row, count] of all) perNode.set(row, (perNode.get(row) ?? 0) + count - (terminating.get(row) ?? 0))
  }
  const domains = new Map<string, number>()
  for (const row of nodes.order) {
    const node = nodes.node(row)
    if (!all.every(other => node.labels.has(other.topologyKey))) continue
    if (constraint.honorAffinity && nodeRequirement && !nodeRequirement(node.name, node.labels)) continue
    if (
      constraint.honorTaints &&
      node.taints.some(t => t.effect !== 'PreferNoSchedule' && !isTolerated(tolerations, t))
    )
      continue
    const value = node.labels.get(constraint.topologyKey) ?? ''
    domains.set(value, (domains.get(value) ?? 0) + (perNode.get(row) ?? 0))
  }
  return domains
}
