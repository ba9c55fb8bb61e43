import type { Rejection } from '../framework/plugin.ts'

/** Why no node took a pod. */
export interface Diagnosis {
  /** By row. */
  readonly rejections: ReadonlyMap<number, Rejection>
  readonly nodeCount: number
  /** Set when the pod was refused before any node was looked at; then there are no rejections. */
  readonly preFilterMessage?: string
  /** Names of the plugins that rejected a node. */
  readonly plugins: ReadonlySet<string>
}

/** The whole of a diagnosis as one sentence or two. */
export function diagnosisMessage({ nodeCount, rejections, preFilterMessage }: Diagnosis): string {
  if (nodeCount === 0) return noNodes
  if (preFilterMessage !== undefined) return `0/${nodeCount} nodes are available: ${preFilterMessage}.`
  return fitMessage(nodeCount, rejections.values())
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` as users know it from upstream. */
export function fitMessage(nodeCount: number, rejections: Iterable<Pick<Rejection, 'reasons'>>): string {
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  // sorted as texts, by code point, number first: that is upstream's order
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort(byCodePoint)
  return `0/${nodeCount} nodes are available:${parts.length === 0 ? '' : ` ${parts.join(', ')}.`}`
}

const noNodes = 'no nodes available to schedule pods'

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
