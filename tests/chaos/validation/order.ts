import { isWrite, type Operation } from '../model/history.ts'
import type { Span, Timeline } from '../model/timeline.ts'
import { positionOf, told } from './check.ts'

interface Placed {
  operation: Operation
  /** Where it can stand. */
  spans: readonly Span[]
  /** A write makes its position: nobody may have seen it before it began. */
  makes: boolean
}

/**
 * Strict serializability over all keys. Every call takes the earliest position that fits what it saw and lies not before those of
 * the calls which had ended when it began; one that finds none contradicts real time.
 */
export function checkOrder(operations: readonly Operation[], timeline: Timeline): string[] {
  const found: string[] = []
  const revisions = new Map<string, number>()
  for (const { mark, revision } of timeline.versions) if (mark !== undefined) revisions.set(mark, revision)
  const placed: Placed[] = []
  for (const operation of operations) {
    const one = place(operation, timeline, revisions, found)
    if (one !== undefined) placed.push(one)
  }
  placed.sort((a, b) => a.operation.startedAt - b.operation.startedAt)

  // those that have a position, by when they ended
  const ended: { at: number; position: number; operation: Operation }[] = []
  const running: typeof ended = []
  let reached: { position: number; operation: Operation | undefined } = { position: 0, operation: undefined }
  for (const { operation, spans, makes } of placed) {
    for (let i = running.length - 1; i >= 0; i--) {
      const one = running[i]
      if (one === undefined || one.at >= operation.startedAt) continue
      running.splice(i, 1)
      if (one.position > reached.position) reached = one
    }
    const least = makes ? reached.position + 1 : reached.position
    const span = spans.find(([, to]) => to >= least)
    if (span === undefined) {
      const { operation: other } = reached
      found.push(
        `${told(operation)} does not fit what ${other === undefined ? 'was there' : told(other)} saw before it`,
      )
      continue
    }
    const position = Math.max(span[0], least)
    if (Number.isFinite(operation.endedAt)) running.push({ at: operation.endedAt, position, operation })
  }
  return found
}

function place(
  operation: Operation,
  timeline: Timeline,
  revisions: ReadonlyMap<string, number>,
  found: string[],
): Placed | undefined {
  if (isWrite(operation)) {
    if (operation.outcome !== 'refused') {
      const position = positionOf(operation, timeline, revisions)
      if (position === undefined) return undefined
      const own = operation.kind !== 'delete' || operation.outcome === 'ok'
      return own ? { operation, spans: [[position, position]], makes: true } : undefined
    }
    // what was refused for its state must have met another one
    const { kind, key, expected } = operation
    if (kind === 'create') return { operation, spans: timeline.spans(key, state => state !== undefined), makes: false }
    const other = timeline.spans(key, state => state === undefined || state.revision !== expected)
    return { operation, spans: other, makes: false }
  }
  if (operation.kind === 'get') {
    const { key, found: seen } = operation
    if (seen === undefined) return { operation, spans: timeline.spans(key, state => state === undefined), makes: false }
    const position = timeline.positionOf(key, seen.revision)
    const mark = position === undefined ? undefined : timeline.versions[position - 1]?.mark
    if (mark !== seen.mark) {
      found.push(`${told(operation)} saw ${seen.mark} at revision ${seen.revision}, which never stood there`)
      return undefined
    }
    return { operation, spans: timeline.spans(key, state => state?.revision === seen.revision), makes: false }
  }
  const position = timeline.positionAt(operation.revision)
  const state = timeline.stateAt(position)
  const wrong =
    operation.items.length !== state.size ||
    operation.items.some(({ key, revision, mark }) => {
      const there = state.get(key)
      return there?.revision !== revision || there.mark !== mark
    })
  if (wrong) found.push(`${told(operation)} is not what stood there at that revision`)
  return { operation, spans: [[position, position]], makes: false }
}
