import { ResourceColumns } from '../../cache/column.ts'
import type { ClusterView } from '../../cache/scheduler-cache.ts'
import { concernsNode } from '../../framework/cluster-event.ts'
import { MAX_NODE_SCORE, type Plugin, type Rejection } from '../../framework/plugin.ts'
import type { PodInfo } from '../../pod/pod-info.ts'
import { type ScoredColumn, type ScoredResource, scoredColumns } from './scored-columns.ts'

const name = 'NodeResourcesFit'

export interface NodeResourcesFitArgs {
  /** Spread over nodes, or fill them one after another. */
  strategy: 'LeastAllocated' | 'MostAllocated'
  /** Which resources count, and how much. */
  resources: readonly ScoredResource[]
}

export const defaultFitArgs: NodeResourcesFitArgs = {
  strategy: 'LeastAllocated',
  resources: [
    { name: 'cpu', weight: 1 },
    { name: 'memory', weight: 1 },
  ],
}

/** One resource that the pod asks for, with the node columns to hold it against. */
interface Demand {
  reason: string
  amount: number
  allocatable: Float64Array
  requested: Float64Array
}

/** A pod fits where what it asks for is free; scores by what is left (or used) with it. */
export function nodeResourcesFit(args: NodeResourcesFitArgs = defaultFitArgs): Plugin {
  const plugin: Plugin = {
    name,
    weight: 1,
    filter(pod, cluster) {
      const demands = demandsOf(pod, cluster)
      const count = demands.length
      const known = new Map<number, Rejection>()
      return row => {
        let unmet = 0 // bit i: demand i is not met (a pod names far fewer than 31 resources)
        let hopeless = false
        for (let i = 0; i < count; i++) {
          const { amount, allocatable, requested } = demands[i] as Demand
          const all = allocatable[row] as number
          if (amount > all - (requested[row] as number)) {
            unmet |= 1 << i
            hopeless ||= i > 0 && amount > all // not for the number of pods
          }
        }
        if (unmet === 0) return undefined
        const key = hopeless ? ~unmet : unmet
        let rejection = known.get(key)
        if (rejection === undefined) {
          const reasons = demands.filter((_, i) => unmet & (1 << i)).map(demand => demand.reason)
          rejection = { plugin: name, reasons, resolvable: !hopeless }
          known.set(key, rejection)
        }
        return rejection
      }
    },
    score(pod, cluster) {
      const columns = scoredColumns(args.resources, pod, cluster, 'with defaults')
      return row => {
        let sum = 0
        let weights = 0
        for (let i = 0; i < columns.length; i++) {
          const { allocatable, requested, amount, weight } = columns[i] as ScoredColumn
          const all = allocatable[row] as number
          if (all === 0) continue
          const used = (requested[row] as number) + amount
          weights += weight
          if (used <= all)
            sum +=
              weight * Math.floor(((args.strategy === 'LeastAllocated' ? all - used : used) * MAX_NODE_SCORE) / all)
          else if (args.strategy === 'MostAllocated') sum += weight * MAX_NODE_SCORE
        }
        return weights === 0 ? 0 : Math.floor(sum / weights)
      }
    },
    mayHelp(event, pod, cluster) {
      const row =
        event.kind === 'AssignedPodDelete' || event.kind === 'AssignedPodUpdate'
          ? cluster.nodes.rowOf(event.pod.nodeName)
          : concernsNode(event, 'allocatable')
            ? event.row
            : undefined
      if (row === undefined || cluster.nodes.nodes[row] === undefined) return false
      return plugin.filter?.(pod, cluster)?.(row) === undefined
    },
  }
  return plugin
}

function demandsOf(pod: PodInfo, { nodes }: ClusterView): Demand[] {
  const { requests } = pod.template
  const demands: Demand[] = [
    {
      reason: 'Too many pods',
      amount: 1,
      allocatable: nodes.pods.allocatable.values,
      requested: nodes.pods.requested.values,
    },
  ]
  const add = (resource: string, amount: number, columns: (typeof nodes)['cpu'] | undefined) => {
    if (amount === 0) return
    // a resource that no node has ever named is nowhere to be had
    const { allocatable, requested } = columns ?? new ResourceColumns(nodes.cpu.allocatable.values.length)
    demands.push({
      reason: `Insufficient ${resource}`,
      amount,
      allocatable: allocatable.values,
      requested: requested.values,
    })
  }
  add('cpu', requests.cpu, nodes.cpu)
  add('memory', requests.memory, nodes.memory)
  add('ephemeral-storage', requests.ephemeralStorage, nodes.ephemeralStorage)
  for (const [resource, amount] of requests.scalars) add(resource, amount, nodes.scalars.get(resource))
  return demands
}
