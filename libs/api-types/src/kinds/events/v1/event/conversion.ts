import type { Event } from '../../../../wire.ts'
import type { EventsV1Event } from '../../types.ts'

/** Fields that have another name in the core group: ours, theirs. The others are the same. */
const renamed = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const

export function toCore(event: EventsV1Event): Event {
  const fields = event as Record<string, unknown>
  for (const [ours, theirs] of renamed) move(fields, ours, theirs)
  // the core form always has it
  fields.involvedObject ??= {}
  return fields as unknown as Event
}

export function fromCore(event: Event): EventsV1Event {
  const fields = event as unknown as Record<string, unknown>
  for (const [ours, theirs] of renamed) move(fields, theirs, ours)
  return fields as unknown as EventsV1Event
}

function move(fields: Record<string, unknown>, from: string, to: string): void {
  if (!Object.hasOwn(fields, from)) return
  fields[to] = fields[from]
  delete fields[from]
}
