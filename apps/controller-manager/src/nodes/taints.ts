import type { Node, Taint } from '@kubets/api-types'
import { isConflict } from '@kubets/apimachinery'
import { type Client, resources } from '@kubets/client'
import { type Clock, sleep } from '@kubets/component'
import { type NodeInfo, toNodeInfo } from './node-info.ts'

/** A node has at most one taint of a key and an effect; the value does not tell taints apart. */
const sameTaint = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect

export const hasTaint = (taints: readonly Taint[], wanted: Taint): boolean =>
  taints.some(taint => sameTaint(taint, wanted))

export interface TaintChange {
  readonly add: readonly Taint[]
  readonly remove: readonly Taint[]
}

/** The taints after a change; nothing when it changes nothing. Pure. */
export function changedTaints(taints: readonly Taint[], { add, remove }: TaintChange): Taint[] | undefined {
  const kept = taints.filter(taint => !hasTaint(remove, taint) || hasTaint(add, taint))
  const missing = add.filter(taint => !hasTaint(taints, taint))
  return kept.length === taints.length && missing.length === 0 ? undefined : [...kept, ...missing]
}

const tries = 5
/** Milliseconds between tries after the first conflict. */
const pause = 100

/**
 * Changes the taints of a node, whoever else changes it meanwhile: taints are one atomic list, so they are written on the condition
 * that the node is as it was read. What is added says since when.
 */
export async function writeTaints(
  { client, clock, signal }: { client: Pick<Client, 'get' | 'patch'>; clock: Clock; signal: AbortSignal },
  seen: NodeInfo,
  change: TaintChange,
): Promise<void> {
  const timeAdded = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
  const dated = { ...change, add: change.add.map(taint => ({ ...taint, timeAdded }) as unknown as Taint) }
  let node = seen
  for (let attempt = 1; ; attempt++) {
    const taints = changedTaints(node.taints, dated)
    if (taints === undefined) return
    const body = { metadata: { resourceVersion: node.resourceVersion }, spec: { taints } }
    try {
      await client.patch(resources.nodes, { name: node.name }, 'strategic', body, { signal })
      return
    } catch (error) {
      if (!isConflict(error) || attempt >= tries) throw error
    }
    if (attempt > 1) await sleep(pause, signal, clock)
    node = toNodeInfo(await client.get<Node>(resources.nodes, { name: node.name }, { signal }))
  }
}
