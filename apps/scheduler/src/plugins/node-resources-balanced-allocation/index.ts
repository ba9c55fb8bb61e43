import { MAX_NODE_SCORE, type Plugin } from '../../framework/plugin.ts'
import { type ScoredResource, scoredColumns } from '../node-resources-fit/scored-columns.ts'

const defaults: readonly ScoredResource[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
]

/** Prefers nodes whose resources would be used to similar shares: 100 minus the standard deviation of the shares. */
export function nodeResourcesBalancedAllocation(resources: readonly ScoredResource[] = defaults): Plugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    weight: 1,
    score(pod, cluster) {
      const columns = scoredColumns(resources, pod, cluster, 'as requested')
      // a pod that asks for nothing would always go to the same, most balanced node
      if (columns.every(column => column.amount === 0)) return undefined
      return row => {
        const shares: number[] = []
        for (const { allocatable, requested, amount } of columns) {
          const all = allocatable[row] as number
          if (all > 0) shares.push(Math.min(1, ((requested[row] as number) + amount) / all))
        }
        return Math.floor((1 - deviation(shares)) * MAX_NODE_SCORE)
      }
    },
  }
}

function deviation(shares: readonly number[]): number {
  const [first = 0, second = 0] = shares
  if (shares.length < 2) return 0
  if (shares.length === 2) return Math.abs((first - second) / 2)
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  return Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length)
}
