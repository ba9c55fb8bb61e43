import type { Logger } from '@kubets/component'
import type { AuditBackend, AuditMetrics } from './backend.ts'
import { type AuditEvent, eventText, legacyLine } from './event.ts'

export const logFormats = ['legacy', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

/** Somewhere to write lines: a {@link RotatingFile}, or standard output. */
export interface LineTarget {
  write(text: string): Promise<void>
  close(): Promise<void>
}

/** One line an event. */
export function logBackend(options: {
  target: LineTarget
  format: LogFormat
  metrics: AuditMetrics
  logger: Logger
}): AuditBackend {
  const { target, format, metrics, logger } = options
  const line =
    format === 'json' ? (event: AuditEvent) => `${eventText(event)}\n` : (event: AuditEvent) => `${legacyLine(event)}\n`
  return {
    async process(events) {
      try {
        await target.write(events.map(line).join(''))
        return true
      } catch (error) {
        metrics.failed('log', events.length)
        logger.error(
          { err: error, auditIds: events.slice(0, 10).map(({ auditID }) => auditID) },
          `Error in audit plugin 'log' affecting ${events.length} audit events`,
        )
        return false
      }
    },
    close: () => target.close(),
  }
}

/** `--audit-log-path=-` */
export const standardOutput: LineTarget = {
  write: text =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, error => (error ? reject(error) : resolve()))
    }),
  close: async () => {},
}
