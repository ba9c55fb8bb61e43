import type { AuditBackend, AuditMetrics } from './backend.ts'
import { type AuditEvent, eventText } from './event.ts'

export interface TruncateOptions {
  /** Bytes of an event; larger ones lose their objects, and are dropped when that is not enough. */
  readonly maxEventSize: number
  /** Bytes of a batch; larger ones are split. */
  readonly maxBatchSize: number
}

/** Keeps events and batches below the sizes that what stands behind can take. */
export function truncatingBackend(
  delegate: AuditBackend,
  { maxEventSize, maxBatchSize }: TruncateOptions,
  metrics: AuditMetrics,
): AuditBackend {
  const size = (event: AuditEvent) => Buffer.byteLength(eventText(event))

  function fitting(event: AuditEvent): { event: AuditEvent; bytes: number } | undefined {
    const bytes = size(event)
    if (bytes <= maxEventSize) return { event, bytes }
    if (event.level === 'Metadata') return undefined
    const { requestObject: _, responseObject: __, ...rest } = event
    const smaller = { ...rest, annotations: { ...event.annotations, 'audit.k8s.io/truncated': 'true' } }
    const left = size(smaller)
    return left <= maxEventSize ? { event: smaller, bytes: left } : undefined
  }

  return {
    async process(events) {
      let success = true
      let batch: AuditEvent[] = []
      let batchBytes = 0
      const flush = async () => {
        if (batch.length > 0) success = (await delegate.process(batch)) && success
        batch = []
        batchBytes = 0
      }
      for (const one of events) {
        const found = fitting(one)
        if (found === undefined) {
          metrics.failed('truncate', 1)
          success = false
          continue
        }
        if (batchBytes + found.bytes > maxBatchSize) await flush()
        batch.push(found.event)
        batchBytes += found.bytes
      }
      await flush()
      return success
    },
    close: () => delegate.close(),
  }
}
