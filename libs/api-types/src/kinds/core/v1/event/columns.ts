import { ageSince } from '@kubets/apimachinery'
import type { Event } from '../../../../wire.ts'
import { column, nameColumn } from '../../../define-kind.ts'

export const columns = [
  column('Last Seen', 'When this happened last.'),
  column('Type', 'Normal or Warning; more types may come.'),
  column('Reason', 'Short, machine understandable reason.'),
  column('Object', 'What the event is about.'),
  column('Subobject', 'Part of the object that the event is about.', { priority: 1 }),
  column('Source', 'Who reported it.', { priority: 1 }),
  column('Message', 'What happened, for people.'),
  column('First Seen', 'When this happened first.', { priority: 1 }),
  column('Count', 'How often this happened.', { priority: 1 }),
  { ...nameColumn, priority: 1 },
]

export function cells(event: Event, now: number) {
  const first = ageSince(event.firstTimestamp || event.eventTime, now)
  const last = event.lastTimestamp ? ageSince(event.lastTimestamp, now) : first
  const { series } = event
  const target = (event.involvedObject?.kind ?? '').toLowerCase()
  const name = event.involvedObject?.name
  const component = event.source?.component || event.reportingComponent || ''
  const host = event.source?.host || event.reportingInstance || ''
  return [
    series ? ageSince(series.lastObservedTime, now) : last,
    event.type ?? '',
    event.reason ?? '',
    name ? `${target}/${name}` : target,
    event.involvedObject?.fieldPath ?? '',
    host === '' ? component : `${component}, ${host}`,
    (event.message ?? '').trim(),
    first,
    series ? (series.count ?? 0) : event.count || 1,
    event.metadata?.name ?? '',
  ]
}
