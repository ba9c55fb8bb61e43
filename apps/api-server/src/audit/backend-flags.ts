import type { FlagTable } from '@kubets/component'
import { modes } from './backend.ts'

/** What every backend can be told, behind `audit-<plugin>-`. */
const table = {
  mode: {
    type: 'string',
    help: 'Strategy for sending audit events. Blocking indicates sending events should block server responses. Batch causes the backend to buffer and write events asynchronously.',
    default: 'batch',
    choices: [...modes],
  },
  'batch-buffer-size': {
    type: 'int',
    help: 'The size of the buffer to store events before batching and writing; what comes beyond it is dropped. Only used in batch mode.',
    default: 10_000,
  },
  'batch-max-size': {
    type: 'int',
    help: 'The maximum size of a batch. Only used in batch mode.',
    default: 400,
  },
  'batch-max-wait': {
    type: 'duration',
    help: "The amount of time to wait before force writing the batch that hadn't reached the max size. Only used in batch mode.",
    default: '30s',
  },
  'batch-throttle-enable': {
    type: 'bool',
    help: 'Whether batching throttling is enabled. Only used in batch mode.',
    default: true,
  },
  'batch-throttle-qps': {
    type: 'int',
    help: 'Maximum average number of batches per second. Only used in batch mode.',
    default: 10,
  },
  'batch-throttle-burst': {
    type: 'int',
    help: 'Maximum number of batches sent at the same moment if none went before. Only used in batch mode.',
    default: 15,
  },
  'truncate-enabled': { type: 'bool', help: 'Whether event and batch truncating is enabled.', default: false },
  'truncate-max-batch-size': {
    type: 'int',
    help: 'Maximum size in bytes of the batch sent to the underlying backend. A larger one is split.',
    default: 10 * 1024 * 1024,
  },
  'truncate-max-event-size': {
    type: 'int',
    help: 'Maximum size in bytes of the audit event sent to the underlying backend. A larger one loses its request and response, and is discarded if that is not enough.',
    default: 100 * 1024,
  },
  version: {
    type: 'string',
    help: 'API group and version used for serializing audit events.',
    default: 'audit.k8s.io/v1',
    choices: ['audit.k8s.io/v1'],
  },
} as const satisfies FlagTable

type Name = keyof typeof table
export type BackendFlags<P extends string> = { readonly [K in Name as `audit-${P}-${K}`]: (typeof table)[K] }

/** The flags of one backend, with its own defaults. */
export function backendFlags<const P extends string>(
  plugin: P,
  defaults: Partial<Record<Name, string | number | boolean>> = {},
): BackendFlags<P> {
  const own = Object.entries(table).map(([name, spec]) => [
    `audit-${plugin}-${name}`,
    { ...spec, default: defaults[name as Name] ?? spec.default },
  ])
  return Object.fromEntries(own) as BackendFlags<P>
}
