import type { IpFamily } from '../services/service-port.ts'
import { table } from './names.ts'
import { type ElementSet, elementSets, type Ruleset } from './ruleset.ts'
import { nftFamily } from './table.ts'

/**
 * The lines of one transaction on a table that {@link needsNewTable} lets stay; it leads from one state of the table to the next; none when they are the same. What is
 * pointed at comes before what points, and goes after it.
 */
export function changeLines(from: Ruleset, to: Ruleset, family: IpFamily): string[] {
  const at = `${nftFamily(family)[0]} ${table}`
  const address = nftFamily(family)[2]
  const lines: string[] = []
  for (const [set, seconds] of to.affinity) {
    if (!from.affinity.has(set))
      lines.push(`add set ${at} ${set} { type ${address} ; flags dynamic,timeout ; timeout ${seconds}s ; }`)
  }
  const changed: [string, readonly string[]][] = []
  for (const [chain, rules] of to.chains) {
    const old = from.chains.get(chain)
    if (old === undefined) lines.push(`add chain ${at} ${chain}`)
    if (old === undefined || !same(old, rules)) changed.push([chain, rules])
  }
  for (const [chain, rules] of changed) {
    lines.push(`flush chain ${at} ${chain}`)
    for (const rule of rules) lines.push(`add rule ${at} ${chain} ${rule}`)
  }
  for (const set of Object.keys(elementSets) as ElementSet[]) {
    const [old, now] = [from.elements[set], to.elements[set]]
    const gone: string[] = []
    const added: string[] = []
    // an element of a map is deleted with its verdict, which need not be said
    for (const [key, verdict] of old) if (now.get(key) !== verdict) gone.push(key)
    for (const [key, verdict] of now)
      if (old.get(key) !== verdict) added.push(verdict === '' ? key : `${key} : ${verdict}`)
    if (gone.length > 0) lines.push(`delete element ${at} ${set} { ${gone.join(', ')} }`)
    if (added.length > 0) lines.push(`add element ${at} ${set} { ${added.join(', ')} }`)
  }
  const dead = [...from.chains.keys()].filter(chain => !to.chains.has(chain))
  // they may point at each other
  for (const chain of dead) lines.push(`flush chain ${at} ${chain}`)
  for (const chain of dead) lines.push(`delete chain ${at} ${chain}`)
  for (const set of from.affinity.keys()) if (!to.affinity.has(set)) lines.push(`delete set ${at} ${set}`)
  return lines
}

/** Whether a set must be made with another timeout, which only a new table does. */
export function needsNewTable(from: Ruleset, to: Ruleset): boolean {
  for (const [set, seconds] of to.affinity) if ((from.affinity.get(set) ?? seconds) !== seconds) return true
  return false
}

/** Of a table that was just made. */
export const emptyRuleset: Ruleset = {
  chains: new Map(),
  elements: Object.fromEntries(
    Object.keys(elementSets).map(name => [name, new Map()]),
  ) as unknown as Ruleset['elements'],
  affinity: new Map(),
  withoutLocal: { internal: 0, external: 0 },
}

const same = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((rule, i) => rule === b[i])
