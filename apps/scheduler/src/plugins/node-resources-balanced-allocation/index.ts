import { MAX_NODE_SCORE, type Plugin } from '../../framework/plugin.ts'
import { type ScoredColumn, type ScoredResource, scoredColumns } from '../node-resources-fit/scored-columns.ts'

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
      const shares = new Float64Array(columns.length)
      return row => {
        let count = 0
        for (let i = 0; i < columns.length; i++) {
          const { allocatable, requested, amount } = columns[i] as ScoredColumn
          const all = allocatable[row] as number
          if (all === 0) continue
          const share = ((requested[row] as number) + amount) / all
          shares[count++] = Math.min(1, share)
        }
        return Math.floor((1 - deviation(shares, count)) * MAX_NODE_SCORE)
      }
    },
  }
}

/** Standard deviation of the first `count` shares. */
function deviation(shares: Float64Array, count: number): number {
  if (count < 2) return 0
  if (count === 2) return Math.abs(((shares[0] as number) - (shares[1] as number)) / 2)
  let sum = 0
  for (let i = 0; i < count; i++) sum += shares[i] as number
  let squares = 0
  for (let i = 0; i < count; i++) squares += ((shares[i] as number) - sum / count) ** 2
  return Math.sqrt(squares / count)
}
