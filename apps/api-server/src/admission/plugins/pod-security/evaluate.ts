import { baseline } from './checks/baseline.ts'
import type { Annotations, CheckPod, PodSpec, Violation } from './checks/check.ts'
import { restricted } from './checks/restricted.ts'
import type { LevelVersion } from './policy.ts'

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
/** The order in which violations are told. */
const ordered = [...[...baseline].sort(byId), ...[...restricted].sort(byId)]
/** The last version that changed something: later ones, the latest too, are the same. */
const newest = Math.max(...ordered.flatMap(({ versions }) => versions.map(({ from }) => from)))

const memo = new Map<string, readonly CheckPod[]>()

function checksOf({ level, version: asked }: LevelVersion): readonly CheckPod[] {
  if (level === 'privileged') return []
  const version = Math.min(asked, newest)
  const key = `${level}:${version}`
  let found = memo.get(key)
  if (found === undefined) {
    const there = ordered.flatMap(({ id, level: own, versions }) => {
      const current = versions.findLast(({ from }) => from <= version)
      return current === undefined || (level === 'baseline' && own === 'restricted') ? [] : [{ id, ...current }]
    })
    const overridden = new Set(there.map(({ overrides }) => overrides))
    found = there.filter(({ id }) => !overridden.has(id)).map(({ check }) => check)
    memo.set(key, found)
  }
  return found
}

/** What of a pod a level does not allow; empty when all is well. */
export function violations(wanted: LevelVersion, spec: PodSpec, annotations: Annotations = {}): readonly Violation[] {
  return checksOf(wanted).flatMap(check => check(spec, annotations) ?? [])
}

/** `privileged, hostPort` */
export const reasonsOf = (found: readonly Violation[]): string => found.map(({ reason }) => reason).join(', ')

/** `privileged (container "a" must not …), hostPort (…)` */
export const detailsOf = (found: readonly Violation[]): string =>
  found.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ')
