import type { Taint, Toleration } from '@kubets/api-types'
import { tolerates } from '@kubets/apimachinery'

/** Milliseconds that a pod may stay beside these taints: none when it does not tolerate one of them, without end when none says how long. Pure. */
export function toleratedFor(tolerations: readonly Toleration[], taints: readonly Taint[]): number {
  const used = new Set<Toleration>()
  for (const taint of taints) {
    const found = tolerations.find(toleration => tolerates(toleration, taint))
    if (found === undefined) return 0
    used.add(found)
  }
  let shortest = Number.POSITIVE_INFINITY
  for (const { tolerationSeconds } of used)
    if (tolerationSeconds !== undefined && tolerationSeconds !== null)
      shortest = Math.min(shortest, Math.max(0, Number(tolerationSeconds) * 1_000))
  return shortest
}

export const noExecute = (taints: readonly Taint[]): readonly Taint[] =>
  taints.filter(({ effect }) => effect === 'NoExecute')
