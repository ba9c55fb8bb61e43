import { readFile } from 'node:fs/promises'
import type { Clock, Logger } from '@kubets/component'
import type { AuditSink } from './audit-record.ts'
import { type AuditBackend, AuditMetrics, type BackendMode } from './backend.ts'
import { type BatchOptions, BufferedBackend } from './buffered-backend.ts'
import type { AuditEvent } from './event.ts'
import { type LogFormat, logBackend, standardOutput } from './log-backend.ts'
import { type AuditDecision, type AuditedRequest, policyEvaluator } from './policy.ts'
import { readPolicy } from './read-policy.ts'
import { RotatingFile } from './rotating-file.ts'
import { type TruncateOptions, truncatingBackend } from './truncating-backend.ts'
import { webhookBackend } from './webhook-backend.ts'

export interface BackendOptions {
  readonly mode: BackendMode
  readonly batch: BatchOptions
  readonly truncate: TruncateOptions | undefined
}

export interface AuditOptions {
  readonly policyFile: string | undefined
  readonly log:
    | (BackendOptions & {
        /** `-`: standard output. */
        readonly path: string
        readonly format: LogFormat
        /** Days; 0: no bound. So have the next two. */
        readonly maxAge: number
        readonly maxBackups: number
        /** Megabytes. */
        readonly maxSize: number
        readonly compress: boolean
      })
    | undefined
  readonly webhook:
    | (BackendOptions & {
        readonly configFile: string
        /** Milliseconds. */
        readonly initialBackoff: number
      })
    | undefined
}

/** A running audit: what is recorded of a request, and where it goes. */
export interface Audit extends AsyncDisposable {
  readonly decide: (request: AuditedRequest) => AuditDecision
  readonly sink: AuditSink
  readonly metrics: AuditMetrics
  readonly now: () => number
}

/**
 * Starts what the options name; undefined when nothing is recorded. Without a policy nothing is, whatever else is set, as upstream
 * has it: that is told once. Throws an Error that names the file that cannot be used.
 */
export async function startAudit(options: AuditOptions, clock: Clock, logger: Logger): Promise<Audit | undefined> {
  const { policyFile, log, webhook } = options
  if (policyFile === undefined) {
    if (log !== undefined || webhook !== undefined)
      logger.warn(
        'no audit policy file provided, no events will be recorded: name one by --audit-policy-file (a catch-all rule of level Metadata is a good start)',
      )
    return undefined
  }
  const decide = policyEvaluator(await loadPolicy(policyFile, logger))
  const metrics = new AuditMetrics()
  await using undo = new AsyncDisposableStack()
  const backends: ((event: AuditEvent) => Promise<boolean> | true)[] = []
  const add = (backend: AuditBackend, plugin: string, { mode, batch, truncate }: BackendOptions) => {
    const buffered =
      mode === 'batch' ? new BufferedBackend({ delegate: backend, plugin, batch, metrics, clock, logger }) : backend
    const bounded = truncate === undefined ? buffered : truncatingBackend(buffered, truncate, metrics)
    undo.defer(() => bounded.close())
    backends.push(event => {
      const taken = bounded.process([event])
      if (mode === 'batch') return true
      // what could not be recorded holds nobody up, unless that is what was asked for
      return mode === 'blocking' ? taken.then(() => true) : taken
    })
  }
  if (log !== undefined) {
    const target =
      log.path === '-' ? standardOutput : await RotatingFile.open({ ...log, maxSize: log.maxSize * 1024 * 1024, clock })
    add(logBackend({ target, format: log.format, metrics, logger }), 'log', log)
  }
  if (webhook !== undefined) add(await webhookBackend({ ...webhook, metrics, clock, logger }), 'webhook', webhook)
  if (backends.length === 0) return undefined
  const stack = undo.move()
  return {
    decide,
    metrics,
    now: () => clock.now(),
    sink(event) {
      metrics.events++
      const outcomes = backends.map(process => process(event))
      const waiting = outcomes.filter(one => one !== true)
      return waiting.length === 0 ? true : Promise.all(waiting).then(all => all.every(Boolean))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function loadPolicy(file: string, logger: Logger) {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(
      `loading audit policy file: failed to read file path ${JSON.stringify(file)}: ${(error as Error).message}`,
    )
  }
  try {
    return await readPolicy(text, message => logger.warn(message))
  } catch (error) {
    throw new Error(`loading audit policy file: ${(error as Error).message}: from file ${file}`)
  }
}
