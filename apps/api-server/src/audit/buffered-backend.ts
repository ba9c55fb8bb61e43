import { type Clock, type Logger, sleep } from '@kubets/component'
import type { AuditBackend, AuditMetrics } from './backend.ts'
import type { AuditEvent } from './event.ts'

export interface BatchOptions {
  /** Events that wait at most; more are dropped, counted and told. */
  readonly bufferSize: number
  readonly maxBatchSize: number
  /** Milliseconds after which a batch goes that is not full. */
  readonly maxBatchWait: number
  /** Batches a second on average, and at once when none went before. */
  readonly throttle: { readonly qps: number; readonly burst: number } | undefined
  /** Batches that are on their way at the same time. */
  readonly inFlight: number
}

/** Milliseconds between two sentences about dropped events: they would fill the log as well. */
const quiet = 10_000

/** Takes events at once and hands them on in batches: requests never wait for it. */
export class BufferedBackend implements AuditBackend {
  readonly #delegate: AuditBackend
  readonly #plugin: string
  readonly #batch: BatchOptions
  readonly #metrics: AuditMetrics
  readonly #clock: Clock
  readonly #logger: Logger
  #waiting: AuditEvent[] = []
  #cancelTimer: (() => void) | undefined
  readonly #sending = new Set<Promise<void>>()
  #closing = false
  #dropped = 0
  #toldAt = Number.NEGATIVE_INFINITY
  #tokens: number
  #refilledAt: number

  constructor(options: {
    delegate: AuditBackend
    plugin: string
    batch: BatchOptions
    metrics: AuditMetrics
    clock: Clock
    logger: Logger
  }) {
    this.#delegate = options.delegate
    this.#plugin = options.plugin
    this.#batch = options.batch
    this.#metrics = options.metrics
    this.#clock = options.clock
    this.#logger = options.logger
    this.#tokens = options.batch.throttle?.burst ?? 0
    this.#refilledAt = options.clock.now()
  }

  process(events: readonly AuditEvent[]): Promise<boolean> {
    const room = this.#closing ? 0 : this.#batch.bufferSize - this.#waiting.length
    if (events.length > room) this.#drop(events.length - room)
    for (const event of events.slice(0, room)) this.#waiting.push(event)
    this.#go(false)
    return Promise.resolve(true)
  }

  /** Sends what waits, then closes what it goes to. */
  async close(): Promise<void> {
    this.#closing = true
    this.#go(true)
    while (this.#sending.size > 0) await Promise.all(this.#sending)
    await this.#delegate.close()
  }

  /** `now`: also what does not fill a batch. */
  #go(now: boolean): void {
    while (this.#waiting.length > 0 && this.#sending.size < this.#batch.inFlight) {
      if (!now && !this.#closing && this.#waiting.length < this.#batch.maxBatchSize) {
        this.#cancelTimer ??= this.#clock.after(this.#batch.maxBatchWait, () => {
          this.#cancelTimer = undefined
          this.#go(true)
        })
        return
      }
      this.#cancelTimer?.()
      this.#cancelTimer = undefined
      const events = this.#waiting.splice(0, this.#batch.maxBatchSize)
      const sent = this.#send(events).finally(() => {
        this.#sending.delete(sent)
        this.#go(false)
      })
      this.#sending.add(sent)
    }
  }

  async #send(events: readonly AuditEvent[]): Promise<void> {
    const wait = this.#toWait()
    if (wait > 0) await sleep(wait, undefined, this.#clock)
    await this.#delegate.process(events)
  }

  /** Milliseconds until this batch may go. */
  #toWait(): number {
    const { throttle } = this.#batch
    if (throttle === undefined) return 0
    const now = this.#clock.now()
    this.#tokens = Math.min(throttle.burst, this.#tokens + ((now - this.#refilledAt) / 1000) * throttle.qps) - 1
    this.#refilledAt = now
    return this.#tokens >= 0 ? 0 : (-this.#tokens / throttle.qps) * 1000
  }

  #drop(count: number): void {
    this.#dropped += count
    this.#metrics.failed(this.#plugin, count)
    if (this.#clock.now() - this.#toldAt < quiet) return
    this.#toldAt = this.#clock.now()
    this.#logger.error(
      `Error in audit plugin '${this.#plugin}': its buffer of ${this.#batch.bufferSize} events is full, ${this.#dropped} dropped so far`,
    )
  }
}
