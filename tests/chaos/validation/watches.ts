import type { WatchStretch } from '../model/history.ts'
import type { Timeline } from '../model/timeline.ts'

/** Each stretch must be the store's history from where it began to the last event that was told, word for word. */
export function checkWatches(watches: readonly WatchStretch[], timeline: Timeline): string[] {
  const found: string[] = []
  for (const { watcher, after, events } of watches) {
    let position = timeline.positionAt(after)
    for (const event of events) {
      const version = timeline.versions[position]
      const about = `watcher ${watcher} was told ${event.type} of ${event.key} at revision ${event.revision}`
      if (version === undefined) {
        found.push(`${about}, which the store does not know`)
        break
      }
      if (version.revision !== event.revision || version.key !== event.key) {
        const known = timeline.positionOf(event.key, event.revision)
        if (known === undefined) found.push(`${about}, which the store does not know`)
        else if (known <= position) found.push(`${about} again, or too late`)
        else found.push(`${about}, and not of what came before it: ${version.key} at revision ${version.revision}`)
        break
      }
      const before = timeline.before(event.key, position + 1)
      const type = version.mark === undefined ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED'
      if (type !== event.type) found.push(`${about}, and it was ${type}`)
      const mark = version.mark ?? before?.mark
      if (mark !== event.mark) found.push(`${about} with ${event.mark}, and it was ${mark}`)
      position++
    }
  }
  return found
}
