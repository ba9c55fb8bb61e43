import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Difference } from './compare.ts'
import type { Outcome, Result } from './result.ts'

type Counts = Record<Outcome, number>

const none = (): Counts => ({ equal: 0, different: 0, absent: 0, broken: 0, unasked: 0 })

/** Equal and different by kind and verb, for people. */
export function table(results: readonly Result[]): string {
  const rows: string[][] = []
  for (const [kind, ofKind] of Map.groupBy(results, result => result.kind)) {
    for (const [verb, ofVerb] of Map.groupBy(ofKind, result => result.verb)) {
      const counts = count(ofVerb)
      rows.push([kind, verb, ...outcomes.map(outcome => (counts[outcome] === 0 ? '.' : String(counts[outcome])))])
    }
  }
  const total = count(results)
  rows.push(['TOTAL', '', ...outcomes.map(outcome => String(total[outcome]))])
  return columns([['KIND', 'VERB', ...outcomes.map(outcome => outcome.toUpperCase())], ...rows])
}

const outcomes = ['equal', 'different', 'absent', 'broken', 'unasked'] as const

export function count(results: readonly Result[]): Counts {
  const counts = none()
  for (const { outcome } of results) counts[outcome]++
  return counts
}

/** Differences that look alike, most frequent first: one cause often shows in a thousand answers. */
export interface Pattern {
  /** The place, indexes and names left out. */
  path: string
  upstream: string
  kubets: string
  count: number
  kinds: string[]
  examples: string[]
}

export function patterns(results: readonly Result[]): Pattern[] {
  const found = new Map<string, Pattern>()
  for (const result of results) {
    const seen = new Set<string>()
    for (const difference of result.differences ?? []) {
      const pattern = patternOf(difference)
      const key = JSON.stringify([pattern.path, pattern.upstream, pattern.kubets])
      if (seen.has(key)) continue
      seen.add(key)
      const known = found.get(key) ?? { ...pattern, count: 0, kinds: [], examples: [] }
      known.count++
      if (!known.kinds.includes(result.kind)) known.kinds.push(result.kind)
      if (known.examples.length < 3) known.examples.push(`${result.kind}: ${result.verb}: ${result.about}`)
      found.set(key, known)
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count)
}

function patternOf({ path, upstream, kubets }: Difference) {
  return {
    path: path.replace(/\[\d+\]/g, '[]').replace(/f:[^.]+(\.[fkv]:.*)?$/, 'f:…'),
    upstream: brief(upstream),
    kubets: brief(kubets),
  }
}

export function brief(value: unknown): string {
  if (value === undefined) return '-'
  const text = JSON.stringify(value) ?? '-'
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

/** Every difference, one case a paragraph. */
export function details(results: readonly Result[]): string {
  return results
    .filter(result => result.outcome === 'different' || result.outcome === 'broken')
    .map(result => {
      const head = `## ${result.kind}: ${result.verb}: ${result.about} (${result.outcome})`
      const request = result.request
        ? `${result.request.method} ${result.request.path} ${brief(result.request.headers ?? {})}\n${long(result.request.body)}`
        : ''
      const lines = (result.differences ?? [])
        .slice(0, 40)
        .map(({ path, upstream, kubets }) => `  ${path}\n    upstream ${long(upstream)}\n    kubets   ${long(kubets)}`)
      return [head, request, result.note ?? '', ...lines].filter(line => line !== '').join('\n')
    })
    .join('\n\n')
}

function long(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '-')
  return text.length > 1200 ? `${text.slice(0, 1200)}…` : text
}

export async function writeReport(folder: string, results: readonly Result[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const grouped = patterns(results)
  const rows = grouped.map(each => [
    String(each.count),
    each.path,
    each.upstream,
    each.kubets,
    each.kinds.length > 3 ? `${each.kinds.length} kinds` : each.kinds.join(', '),
    each.examples[0] ?? '',
  ])
  await Promise.all([
    writeFile(join(folder, 'table.txt'), table(results)),
    writeFile(join(folder, 'differences.md'), `${details(results)}\n`),
    writeFile(
      join(folder, 'patterns.txt'),
      columns([['COUNT', 'PLACE', 'UPSTREAM', 'KUBETS', 'KINDS', 'FOR EXAMPLE'], ...rows]),
    ),
    writeFile(join(folder, 'kinds.txt'), byKind(results)),
    writeFile(
      join(folder, 'report.json'),
      `${JSON.stringify({ counts: count(results), patterns: grouped, results }, null, 1)}\n`,
    ),
  ])
}

/** The most frequent differences of each kind: what its room looks at. */
function byKind(results: readonly Result[]): string {
  return [...Map.groupBy(results, result => result.kind)]
    .map(([kind, ofKind]) => {
      const { equal, different, absent } = count(ofKind)
      const lines = patterns(ofKind)
        .slice(0, 40)
        .map(
          each =>
            `${String(each.count).padStart(5)}  ${each.path}: ${each.upstream} | ${each.kubets}  (${each.examples[0]?.replace(`${kind}: `, '')})`,
        )
      return `## ${kind}: ${equal} equal, ${different} different, ${absent} absent\n${lines.join('\n')}\n`
    })
    .join('\n')
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.min(100, Math.max(...rows.map(row => (row[i] ?? '').length))))
  return `${rows
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`
}
