/** So many feasible nodes are always looked for, if there are that many. */
const MIN_FEASIBLE = 100
const MIN_PERCENTAGE = 5

/**
 * After how many feasible nodes the search ends. Without a percentage it adapts: half of the nodes of a small cluster,
 * one percent less for each 125 nodes, 5 % at the least. Upstream's numFeasibleNodesToFind.
 */
export function sampleSize(nodeCount: number, percentage = 0): number {
  if (nodeCount < MIN_FEASIBLE) return nodeCount
  const share = percentage > 0 ? percentage : Math.max(MIN_PERCENTAGE, 50 - Math.trunc(nodeCount / 125))
  if (share >= 100) return nodeCount
  return Math.max(MIN_FEASIBLE, Math.trunc((nodeCount * share) / 100))
}
