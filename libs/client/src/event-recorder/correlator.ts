import type { Event } from '@kubets/api-types'
import type { Clock } from '@kubets/component'
import { LruMap } from './lru-map.ts'
import { createSpamFilter } from './spam-filter.ts'

/** Different messages of one kind within the interval before they are combined; as client-go. */
const MAX_SIMILAR = 10
const SIMILAR_INTERVAL = 600_000
/** What is remembered of sent events; the longest unused is forgotten, and then counts start anew. */
const CAPACITY = 4_096

/** What to send for a new event: nothing, a new object, or the new count of one that was sent before. */
export type Correlated =
  | { action: 'drop' }
  | { action: 'create'; event: Event; key: string }
  | { action: 'patch'; event: Event; key: string; name: string; namespace: string }

/** Turns repeated events into counts, many similar ones into one, and drops floods: client-go's EventCorrelator. */
export interface Correlator {
  correlate(event: Event): Correlated
  /** The server's copy of what was sent, so that the next one of the same key is a patch. */
  sent(key: string, event: Event): void
  /** The server has it no longer. */
  forget(key: string): void
}

export function createCorrelator(clock: Clock): Correlator {
  const allow = createSpamFilter(clock)
  const similar = new LruMap<{ messages: Set<string>; at: number }>(CAPACITY)
  const sent = new LruMap<{ name: string; namespace: string; count: number; firstTimestamp: string }>(CAPACITY)

  return {
    correlate(event) {
      const kind = similarKey(event)
      const now = clock.now()
      let record = similar.get(kind)
      if (record === undefined || now - record.at > SIMILAR_INTERVAL) record = { messages: new Set(), at: now }
      record.at = now
      let key = `${kind}\n${event.message ?? ''}`
      record.messages.add(event.message ?? '')
      similar.set(kind, record)
      if (record.messages.size >= MAX_SIMILAR) {
        // bounded: one old message leaves for each new one
        for (const oldest of record.messages) {
          record.messages.delete(oldest)
          break
        }
        key = kind
        event = { ...event, message: `(combined from similar events): ${event.message ?? ''}` }
      }
      if (!allow(sourceKey(event))) return { action: 'drop' }
      const before = sent.get(key)
      if (before === undefined) return { action: 'create', event, key }
      return {
        action: 'patch',
        key,
        name: before.name,
        namespace: before.namespace,
        event: { ...event, count: before.count + 1, firstTimestamp: before.firstTimestamp },
      }
    },
    sent(key, event) {
      sent.set(key, {
        name: event.metadata?.name ?? '',
        namespace: event.metadata?.namespace ?? '',
        count: event.count ?? 1,
        firstTimestamp: event.firstTimestamp ?? '',
      })
    },
    forget(key) {
      sent.delete(key)
    },
  }
}

function sourceKey({ source, involvedObject: o }: Event): string {
  return [source?.component, source?.host, o.kind, o.namespace, o.name, o.uid, o.apiVersion].join('\n')
}

function similarKey(event: Event): string {
  return [
    sourceKey(event),
    event.involvedObject.fieldPath,
    event.type,
    event.reason,
    event.reportingComponent,
    event.reportingInstance,
  ].join('\n')
}
