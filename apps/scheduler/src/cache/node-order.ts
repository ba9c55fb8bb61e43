import type { NodeInfo } from './node-info.ts'

/** Rows of the present nodes, one of each zone in turn: a, b, c, a, b, a for zones of 3, 2 and 1. */
export function interleaveByZone(nodes: readonly (NodeInfo | undefined)[]): Int32Array {
  const zones = new Map<string, number[]>()
  let total = 0
  nodes.forEach((node, row) => {
    if (node === undefined) return
    total++
    const rows = zones.get(node.zone)
    if (rows === undefined) zones.set(node.zone, [row])
    else rows.push(row)
  })
  const order = new Int32Array(total)
  let at = 0
  for (let turn = 0; at < total; turn++)
    for (const rows of zones.values()) {
      const row = rows[turn]
      if (row !== undefined) order[at++] = row
    }
  return order
}
