import { isWrite, type Operation, type Version } from '../model/history.ts'
import type { Timeline } from '../model/timeline.ts'
import { positionOf, told } from './check.ts'

/** Where an operation can stand. */
type Place =
  /** Only there. `makes`: it is the write of that position, so nobody may have seen it before it began. */
  | { readonly at: number; readonly makes: boolean }
  /** Wherever the key's state fits (undefined: it is not there). */
  | { readonly key: string; fits(state: Version | undefined): boolean }

/**
 * Strict serializability over all keys. Every call takes the earliest position that fits what it saw and lies not before those of
 * the calls which had ended when it began; one that finds none contradicts real time. Calls are placed one by one in the order
 * in which they began, so that beside the history only those under way are held.
 */
export function checkOrder(operations: readonly Operation[], timeline: Timeline): string[] {
  const found: string[] = []
  const revisions = new Map<string, number>()
  for (const { mark, revision } of timeline.versions) if (mark !== undefined) revisions.set(mark, revision)

  // those that have a position, by when they ended
  const running: { at: number; position: number; operation: Operation }[] = []
  let reached: { position: number; operation: Operation | undefined } = { position: 0, operation: undefined }
  for (const operation of [...operations].sort((a, b) => a.startedAt - b.startedAt)) {
    const place = placeOf(operation, timeline, revisions, found)
    if (place === undefined) continue
    for (let i = running.length - 1; i >= 0; i--) {
      const one = running[i]
      if (one === undefined || one.at >= operation.startedAt) continue
      running.splice(i, 1)
      if (one.position > reached.position) reached = one
    }
    const position = firstFrom(place, reached.position, timeline)
    if (position === undefined) {
      const { operation: other } = reached
      found.push(
        `${told(operation)} does not fit what ${other === undefined ? 'was there' : told(other)} saw before it`,
      )
    } else if (Number.isFinite(operation.endedAt)) running.push({ at: operation.endedAt, position, operation })
  }
  return found
}

/** The first position that fits, not before the one that was reached. */
function firstFrom(place: Place, reached: number, timeline: Timeline): number | undefined {
  if ('key' in place) return timeline.first(place.key, reached, place.fits)
  return place.at >= (place.makes ? reached + 1 : reached) ? place.at : undefined
}

function placeOf(
  operation: Operation,
  timeline: Timeline,
  revisions: ReadonlyMap<string, number>,
  found: string[],
): Place | undefined {
  if (isWrite(operation)) {
    const { kind, key, expected, outcome } = operation
    if (outcome !== 'refused') {
      const at = positionOf(operation, timeline, revisions)
      const own = kind !== 'delete' || outcome === 'ok'
      return at !== undefined && own ? { at, makes: true } : undefined
    }
    // what was refused for its state must have met another one
    if (kind === 'create') return { key, fits: state => state !== undefined }
    return { key, fits: state => state === undefined || state.revision !== expected }
  }
  if (operation.kind === 'get') {
    const { key, found: seen } = operation
    if (seen === undefined) return { key, fits: state => state === undefined }
    const at = timeline.positionOf(key, seen.revision)
    const mark = at === undefined ? undefined : timeline.versions[at - 1]?.mark
    if (mark === seen.mark) return { key, fits: state => state?.revision === seen.revision }
    found.push(`${told(operation)} saw ${seen.mark} at revision ${seen.revision}, which never stood there`)
    return undefined
  }
  const at = timeline.positionAt(operation.revision)
  const state = timeline.stateAt(at)
  const wrong =
    operation.items.length !== state.size ||
    operation.items.some(({ key, revision, mark }) => {
      const there = state.get(key)
      return there?.revision !== revision || there.mark !== mark
    })
  if (wrong) found.push(`${told(operation)} is not what stood there at that revision`)
  return { at, makes: false }
}
