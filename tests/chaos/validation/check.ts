import { type History, isWrite, type Operation, type Write } from '../model/history.ts'
import { Timeline } from '../model/timeline.ts'
import { checkOrder } from './order.ts'
import { checkWatches } from './watches.ts'

export interface Verdict {
  /** One sentence each. */
  violations: string[]
}

/**
 * Whether a history can be that of a store which loses nothing and shows one order of things to all:
 *
 * - an acknowledged write is in the store's history, at the revision that was told, once; a refused one is not;
 * - a write that compares was made on the state that it named;
 * - all calls fit one order that agrees with real time: who begins after another has ended sees at least what that one saw;
 * - each watch was told each event once, in order, without a gap.
 */
export function check(history: History): Verdict {
  const timeline = new Timeline(history.versions)
  const violations = [
    ...checkRevisions(history),
    ...checkWrites(history, timeline),
    ...checkOrder(history.operations, timeline),
    ...checkWatches(history.watches, timeline),
  ]
  return { violations }
}

function checkRevisions({ versions }: History): string[] {
  const found: string[] = []
  for (const [i, version] of versions.entries()) {
    const before = versions[i - 1]
    if (before !== undefined && before.revision >= version.revision)
      found.push(`the store's history is out of order: revision ${version.revision} after ${before.revision}`)
  }
  return found
}

function checkWrites({ operations, versions }: History, timeline: Timeline): string[] {
  const found: string[] = []
  const writes = operations.filter(isWrite)
  const byMark = new Map<string, Write>()
  for (const write of writes) if (write.mark !== undefined) byMark.set(write.mark, write)

  const seen = new Map<string, number>()
  for (const { key, revision, mark } of versions) {
    if (mark === undefined) continue
    const other = seen.get(mark)
    if (other !== undefined) found.push(`${mark} was written twice: at revisions ${other} and ${revision}`)
    seen.set(mark, revision)
    const write = byMark.get(mark)
    if (write === undefined) found.push(`${key} at revision ${revision} has a value that nobody wrote: ${mark}`)
    else if (write.outcome === 'refused') found.push(`${told(write)} was refused, and stands at revision ${revision}`)
    else if (write.key !== key) found.push(`${told(write)} stands under another key, ${key}`)
  }

  const deletions = new Map<number, Write>()
  for (const write of writes) {
    const position = positionOf(write, timeline, seen)
    if (write.outcome === 'ok' && position === undefined) {
      found.push(`${told(write)} was acknowledged, and is lost`)
      continue
    }
    if (write.outcome === 'ok' && write.revision !== undefined && seen.get(write.mark ?? '') !== write.revision)
      found.push(`${told(write)} was acknowledged at revision ${write.revision}, and stands at another`)
    if (position === undefined) continue
    const before = timeline.before(write.key, position)
    if (write.kind === 'create' && before !== undefined)
      found.push(`${told(write)} was made over a state that was there, of revision ${before.revision}`)
    if (write.kind === 'patch' && before === undefined) found.push(`${told(write)} was made on nothing`)
    if (write.expected !== undefined && before?.revision !== write.expected)
      found.push(
        `${told(write)} was made on revision ${before?.revision ?? 'none'} and not on ${write.expected}: an update is lost`,
      )
    if (write.kind === 'delete' && write.outcome === 'ok') {
      const other = deletions.get(position)
      if (other !== undefined) found.push(`${told(write)} and ${told(other)} were both acknowledged for one deletion`)
      deletions.set(position, write)
    }
  }
  // whoever deletes names a state, so each deletion is somebody's
  const asked = new Set<string>()
  for (const { kind, key, expected, outcome } of writes)
    if (kind === 'delete' && outcome !== 'refused') asked.add(`${key}@${expected}`)
  for (const [i, { key, mark, revision }] of versions.entries()) {
    if (mark !== undefined) continue
    const before = timeline.before(key, i + 1)
    if (!asked.has(`${key}@${before?.revision}`))
      found.push(`${key} was deleted at revision ${revision}, and nobody asked for it`)
  }
  return found
}

/** Where a write stands in the store's history; undefined: nowhere. */
export function positionOf(
  write: Write,
  timeline: Timeline,
  revisions: ReadonlyMap<string, number>,
): number | undefined {
  if (write.kind === 'delete') {
    const next = timeline.next(write.key, write.expected ?? 0)
    return next !== undefined && next.version.mark === undefined ? next.position : undefined
  }
  const revision = revisions.get(write.mark ?? '')
  return revision === undefined ? undefined : timeline.positionOf(write.key, revision)
}

/** An operation in words. */
export function told(operation: Operation): string {
  const who = `client ${operation.client} over ${operation.server}`
  if (operation.kind === 'list') return `the list at revision ${operation.revision} by ${who}`
  if (operation.kind === 'get') return `the get of ${operation.key} by ${who}`
  const on = operation.expected === undefined ? '' : ` on revision ${operation.expected}`
  return `the ${operation.kind} of ${operation.key}${on} (${operation.mark ?? 'no mark'}) by ${who}`
}
