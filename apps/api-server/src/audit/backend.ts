import type { MetricFamily } from '@kubets/storage'
import type { AuditEvent } from './event.ts'

/** Where events go in the end. */
export interface AuditBackend {
  /** False when some of them were not taken; `errors` counted and told them already. */
  process(events: readonly AuditEvent[]): Promise<boolean>
  /** Resolves when everything taken is where it belongs, or given up. */
  close(): Promise<void>
}

/** Upstream's figures of audit, plain numbers that are read at scrape. */
export class AuditMetrics {
  /** `apiserver_audit_event_total` */
  events = 0
  /** `apiserver_audit_requests_rejected_total` */
  rejected = 0
  /** `apiserver_audit_level_total` by level. */
  readonly levels = new Map<string, number>()
  /** `apiserver_audit_error_total` by plugin. */
  readonly errors = new Map<string, number>()

  families(): readonly MetricFamily[] {
    const counter = (name: string, help: string, values: MetricFamily['values']): MetricFamily => ({
      name: `apiserver_audit_${name}`,
      help,
      type: 'counter',
      values,
    })
    const by = (label: string, counts: ReadonlyMap<string, number>) =>
      [...counts].map(([of, value]) => ({ labels: { [label]: of }, value }))
    return [
      counter('event_total', 'Counter of audit events generated and sent to the audit backend.', () => [
        { labels: {}, value: this.events },
      ]),
      counter(
        'requests_rejected_total',
        'Counter of apiserver requests rejected due to an error in audit logging backend.',
        () => [{ labels: {}, value: this.rejected }],
      ),
      counter('level_total', 'Counter of policy levels for audit events (1 per request).', () =>
        by('level', this.levels),
      ),
      counter(
        'error_total',
        'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
        () => by('plugin', this.errors),
      ),
    ]
  }

  level(level: string): void {
    this.levels.set(level, (this.levels.get(level) ?? 0) + 1)
  }

  failed(plugin: string, count: number): void {
    this.errors.set(plugin, (this.errors.get(plugin) ?? 0) + count)
  }
}

/** How a backend stands to the requests: `batch` never holds them up, `blocking-strict` lets none pass that it cannot record. */
export const modes = ['batch', 'blocking', 'blocking-strict'] as const
export type BackendMode = (typeof modes)[number]
