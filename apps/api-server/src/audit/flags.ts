import { type FlagTable, type FlagValues, UsageError } from '@kubets/component'
import type { BackendMode } from './backend.ts'
import { backendFlags } from './backend-flags.ts'
import { type LogFormat, logFormats } from './log-backend.ts'
import type { AuditOptions, BackendOptions } from './start-audit.ts'

/** Upstream's flags of audit, names, meanings and defaults. */
export const auditFlags = {
  'audit-policy-file': {
    type: 'string',
    help: 'Path to the file that defines the audit policy configuration. Without it nothing is recorded.',
  },
  'audit-log-path': {
    type: 'string',
    help: "If set, all requests coming to the apiserver will be logged to this file, as far as the policy says. '-' means standard out.",
  },
  'audit-log-maxage': {
    type: 'int',
    help: 'The maximum number of days to retain old audit log files based on the timestamp encoded in their filename. 0: no bound.',
    default: 366,
  },
  'audit-log-maxbackup': {
    type: 'int',
    help: 'The maximum number of old audit log files to retain. 0: no bound.',
    default: 100,
  },
  'audit-log-maxsize': {
    type: 'int',
    help: 'The maximum size in megabytes of the audit log file before it gets rotated. 0 disables rotation (not recommended).',
    default: 100,
  },
  'audit-log-format': {
    type: 'string',
    help: 'Format of saved audits. "legacy" indicates 1-line text format for each event. "json" indicates structured json format.',
    default: 'json',
    choices: [...logFormats],
  },
  'audit-log-compress': { type: 'bool', help: 'If set, the rotated log files will be compressed using gzip.' },
  ...backendFlags('log', { mode: 'blocking', 'batch-max-size': 1, 'batch-throttle-enable': false }),
  'audit-webhook-config-file': {
    type: 'string',
    help: 'Path to a kubeconfig formatted file that defines the audit webhook configuration.',
  },
  'audit-webhook-initial-backoff': {
    type: 'duration',
    help: 'The amount of time to wait before retrying the first failed request.',
    default: '10s',
  },
  ...backendFlags('webhook'),
} as const satisfies FlagTable

export type AuditFlagValues = FlagValues<typeof auditFlags>

/** What the flags ask for. @throws UsageError in upstream's words. */
export function auditOptions(values: AuditFlagValues): AuditOptions {
  const logPath = values['audit-log-path'] ?? ''
  const configFile = values['audit-webhook-config-file'] ?? ''
  return {
    policyFile: values['audit-policy-file'] || undefined,
    log:
      logPath === ''
        ? undefined
        : {
            ...backendOptions('log', values),
            path: logPath,
            format: values['audit-log-format'] as LogFormat,
            maxAge: notNegative(values, 'audit-log-maxage'),
            maxBackups: notNegative(values, 'audit-log-maxbackup'),
            maxSize: notNegative(values, 'audit-log-maxsize'),
            compress: values['audit-log-compress'],
          },
    webhook:
      configFile === ''
        ? undefined
        : {
            ...backendOptions('webhook', values),
            configFile,
            initialBackoff: values['audit-webhook-initial-backoff'],
          },
  }
}

function backendOptions(plugin: 'log' | 'webhook', values: AuditFlagValues): BackendOptions {
  const mode = values[`audit-${plugin}-mode`] as BackendMode
  const positive = (name: string, value: number): number => {
    if (value <= 0 && mode === 'batch')
      throw new UsageError(`invalid audit batch ${plugin} ${name} ${value}, must be a positive number`)
    return value
  }
  const throttled = values[`audit-${plugin}-batch-throttle-enable`]
  const truncate = {
    maxEventSize: values[`audit-${plugin}-truncate-max-event-size`],
    maxBatchSize: values[`audit-${plugin}-truncate-max-batch-size`],
  }
  if (truncate.maxEventSize <= 0)
    throw new UsageError(
      `invalid audit truncate ${plugin} max event size ${truncate.maxEventSize}, must be a positive number`,
    )
  if (truncate.maxBatchSize < truncate.maxEventSize)
    throw new UsageError(
      `invalid audit truncate ${plugin} max batch size ${truncate.maxBatchSize}, must be greater than max event size (${truncate.maxEventSize})`,
    )
  return {
    mode,
    batch: {
      bufferSize: positive('buffer size', values[`audit-${plugin}-batch-buffer-size`]),
      maxBatchSize: positive('max batch size', values[`audit-${plugin}-batch-max-size`]),
      maxBatchWait: values[`audit-${plugin}-batch-max-wait`],
      throttle: throttled
        ? {
            qps: positive('throttle QPS', values[`audit-${plugin}-batch-throttle-qps`]),
            burst: positive('throttle burst', values[`audit-${plugin}-batch-throttle-burst`]),
          }
        : undefined,
      // a file is written in order, another server takes several at once
      inFlight: plugin === 'log' ? 1 : 10,
    },
    truncate: values[`audit-${plugin}-truncate-enabled`] ? truncate : undefined,
  }
}

function notNegative(
  values: AuditFlagValues,
  name: 'audit-log-maxage' | 'audit-log-maxbackup' | 'audit-log-maxsize',
): number {
  if (values[name] < 0) throw new UsageError(`--${name} ${values[name]} can't be a negative number`)
  return values[name]
}
